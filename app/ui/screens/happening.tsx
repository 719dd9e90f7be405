import type { ConversationEvent, Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { useApp } from '../state/app.ts'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'
import { happened, type Before } from './happenings.ts'

interface HappeningProps {
  relay: Relay
  event: ConversationEvent
  people: People
  before: Before
  /** Whether it is a removal that we may take back */
  undoable: boolean
}

/** Who came and went, in one line. Who was removed comes back only if an admin lets them. */
export function Happening({ relay, event, people, before, undoable }: HappeningProps) {
  const app = useApp()
  const { relayKey, access } = relay
  const pubkey = event.subject ?? event.pubkey
  const name = people.nameOf(pubkey, event.subjectName)
  const letIn = () =>
    app.attempt(async () => {
      await app.session.call('setRole', { relayKey, pubkey, role: 'member' })
      app.notices.say(copy.return.done(name))
    })
  return (
    <li className='joined'>
      {happened(event, { nameOf: people.nameOf, before, open: access === 'open' })}
      {undoable && (
        <>
          {' · '}
          <Button kind='link' aria-label={copy.return.named(name)} onPress={letIn}>
            {copy.return.action}
          </Button>
        </>
      )}
    </li>
  )
}
