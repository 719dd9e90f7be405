import { npubOf } from '../../../protocol/ids.ts'
import type { JoinRequest, Relay } from '../../../protocol/rpc/generated/types.ts'
import { formatWhen } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Avatar, personName } from '../parts/names.tsx'
import { plainWords } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { copy } from '../strings.ts'

interface RequestsProps {
  relay: Relay
  requests: readonly JoinRequest[]
}

/** Who asks to be let in; nothing while nobody does. */
export function Requests({ relay, requests }: RequestsProps) {
  if (requests.length === 0) return null
  return (
    <section>
      <h2>
        {copy.requests.title} <span className='count'>{requests.length}</span>
      </h2>
      <ul aria-label={copy.requests.title}>
        {requests.map((request) => (
          <Request key={request.pubkey} relay={relay} request={request} />
        ))}
      </ul>
      {requests.length > MANY && <Clear relay={relay} />}
    </section>
  )
}

/** So many are not answered one by one: keys cost nothing, and some ask with hundreds. */
const MANY = 8

function Clear({ relay }: { relay: Relay }) {
  const app = useApp()
  const clear = () =>
    app.attempt(async () => {
      await app.session.call('clearRequests', { relayKey: relay.relayKey })
      app.notices.say(copy.requests.cleared)
    })
  return (
    <p className='muted'>
      <Button onPress={clear}>{copy.requests.clear}</Button> {copy.requests.clearHint}
    </p>
  )
}

function Request({ relay, request }: { relay: Relay; request: JoinRequest }) {
  const app = useApp()
  const { pubkey, words } = request
  const name = personName(pubkey, request.name)
  const answer = (call: 'approveRequest' | 'declineRequest', done: string) =>
    app.attempt(async () => {
      await app.session.call(call, { relayKey: relay.relayKey, pubkey })
      app.notices.say(done)
    })
  return (
    <li className='person request'>
      <Avatar seed={pubkey} name={name} />
      <span className='request-words'>
        <bdi title={name}>{name}</bdi>
        <small className='muted'>
          {copy.requests.when(formatWhen(request.createdAt))} ·{' '}
          <code title={npubOf(pubkey)}>{shortKey(npubOf(pubkey))}</code>
        </small>
        {words && <span dir='auto'>{plainWords(words)}</span>}
      </span>
      <span className='row-actions'>
        <Button
          aria-label={copy.requests.declineNamed(name)}
          onPress={() => answer('declineRequest', copy.requests.declined(name))}
        >
          {copy.requests.decline}
        </Button>
        <Button
          kind='primary'
          aria-label={copy.requests.approveNamed(name)}
          onPress={() => answer('approveRequest', copy.requests.approved(name))}
        >
          {copy.requests.approve}
        </Button>
      </span>
    </li>
  )
}

/** As much of a key as two people compare on the telephone. */
function shortKey(npub: string): string {
  return `${npub.slice(0, 12)}…${npub.slice(-6)}`
}
