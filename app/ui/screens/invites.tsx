import type { Relay, SentInvite } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { LinkIcon } from '../parts/icons.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { invitesFeed } from '../state/feeds.ts'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'

interface InvitesProps {
  relay: Relay
  people: People
}

/** The invites that still let somebody in, each with a way to end it. */
export function Invites({ relay, people }: InvitesProps) {
  const app = useApp()
  const { value: invites, loaded } = useLive(invitesFeed(app.session, relay.relayKey))
  if (!loaded || invites.length === 0) return null
  return (
    <section>
      <h2>{copy.invites.title}</h2>
      <ul aria-label={copy.invites.title}>
        {invites.map((invite) => (
          <InviteLine key={invite.id} relay={relay} people={people} invite={invite} />
        ))}
      </ul>
    </section>
  )
}

function InviteLine({ relay, people, invite }: InvitesProps & { invite: SentInvite }) {
  const app = useApp()
  const { id, uses, used, expiresAt, approval, invite: text } = invite
  const facts = [
    approval ? copy.invites.approval : copy.invites.used(used, uses),
    expiresAt > 0 ? copy.invites.until(expiresAt) : copy.invites.forever,
    ...(text ? [] : [copy.invites.elsewhere])
  ]
  const revoke = () =>
    app.attempt(async () => {
      await app.session.call('revokeInvite', { relayKey: relay.relayKey, id })
      app.notices.say(copy.invites.revoked)
    })
  return (
    <li className='person request'>
      <span className='thumb kind'>
        <LinkIcon />
      </span>
      <span className='request-words'>
        <bdi>{copy.invites.by(people.nameOf(invite.by, invite.byName))}</bdi>
        <small className='muted'>{facts.join(' · ')}</small>
      </span>
      <span className='row-actions'>
        {text && (
          <Button
            aria-label={copy.invites.showNamed(id.slice(0, 6))}
            onPress={() => {
              const made = { invite: { invite: text, expiresAt }, uses, approval }
              app.dialog.set({ kind: 'invite', relay, made })
            }}
          >
            {copy.invites.show}
          </Button>
        )}
        <Button aria-label={copy.invites.revokeNamed(id.slice(0, 6))} onPress={revoke}>
          {copy.invites.revoke}
        </Button>
      </span>
    </li>
  )
}
