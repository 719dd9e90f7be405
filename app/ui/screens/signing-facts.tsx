import type { Relay, Signing } from '../../../protocol/rpc/generated/types.ts'
import { formatList, formatMoment } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { signingFeed } from '../state/feeds.ts'
import { usePeople, type People } from '../state/people.ts'
import { copy } from '../strings.ts'

/** Whose devices sign for a group, and what an admin can do when they are lost. */
export function SigningFacts({ relay }: { relay: Relay }) {
  const app = useApp()
  const people = usePeople(relay.relayKey)
  const signing = useLive(signingFeed(app.session, relay.relayKey)).value
  if (signing === null) return null
  const name = (pubkey: string) =>
    pubkey === people.self ? copy.conversation.you : people.nameOf(pubkey)
  const names = (pubkeys: string[]) => formatList([...new Set(pubkeys)].map(name))
  const { signers, successor, unsigned, unsignedSince, declaredBy, accused } = signing
  return (
    <details className='about'>
      <summary>{copy.signing.title}</summary>
      <p className='muted'>
        {copy.signing.text(names(signers))}{' '}
        {unsigned > 0 && unsignedSince
          ? copy.signing.waits(unsigned, formatMoment(unsignedSince))
          : copy.signing.all}{' '}
        {successor ? copy.signing.successor(name(successor)) : copy.signing.nobody}
      </p>
      {declaredBy.length > 0 && (
        <p>
          {copy.signing.declared(names(declaredBy))} {accused && copy.signing.yourself}
        </p>
      )}
      <Losing relay={relay} signing={signing} people={people} names={names} />
    </details>
  )
}

interface LosingProps {
  relay: Relay
  signing: Signing
  people: People
  names: (pubkeys: string[]) => string
}

function Losing({ relay, signing, people, names }: LosingProps) {
  const app = useApp()
  const { relayKey } = relay
  const online = new Set(people.members.flatMap((one) => (one.online ? one.pubkey : [])))
  const away = signing.signers.filter((pubkey) => pubkey !== people.self && !online.has(pubkey))
  const ask = () => {
    const { signing: words } = copy
    const text = [words.point, words.keeps]
    const run = () => app.session.call('declareSignersLost', { relayKey })
    app.confirm({ title: words.ask(names(away)), text, action: words.action, run }, words.done)
  }
  if (signing.declared) {
    return (
      <>
        <p>{copy.signing.own}</p>
        <Button onPress={() => app.attempt(() => app.session.call('takeBackLoss', { relayKey }))}>
          {copy.signing.takeBack}
        </Button>
      </>
    )
  }
  if (away.length === 0) return null
  return (
    <Button onPress={ask}>
      {signing.declaredBy.length > 0 ? copy.signing.agree : copy.signing.lost}
    </Button>
  )
}
