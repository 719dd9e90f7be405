import type { Member, Relay } from '../../../protocol/rpc/generated/types.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { InviteIcon, PeopleIcon } from '../parts/icons.tsx'
import { Avatar } from '../parts/names.tsx'
import { useApp } from '../state/app.ts'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'

/** The members: oneself, then who is online, then the others, each by name. */
export function PeopleList({ relay, people }: { relay: Relay; people: People }) {
  const app = useApp()
  if (!people.loaded) return <Loading label={copy.people.loading} />
  const rank = (member: Member) => (member.pubkey === people.self ? 0 : member.online ? 1 : 2)
  const sorted = [...people.members].sort(
    (a, b) => rank(a) - rank(b) || people.nameOf(a.pubkey).localeCompare(people.nameOf(b.pubkey))
  )
  return (
    <div className='people'>
      <ul aria-label={copy.people.label}>
        {sorted.map((member) => (
          <Person key={member.pubkey} member={member} people={people} />
        ))}
      </ul>
      {people.members.length <= 1 && relay.role === 'admin' && (
        <Empty icon={<PeopleIcon />} title={copy.people.aloneTitle} text={copy.people.aloneText}>
          <Button kind='primary' onPress={() => app.dialog.set({ kind: 'invite', relay })}>
            <InviteIcon />
            {copy.group.invite}
          </Button>
        </Empty>
      )}
    </div>
  )
}

function Person({ member, people }: { member: Member; people: People }) {
  const name = people.nameOf(member.pubkey)
  const self = member.pubkey === people.self
  const online = self || member.online
  return (
    <li className='person'>
      <Avatar seed={member.pubkey} name={name} />
      <span className='person-words'>
        <bdi title={name}>{name}</bdi>
        {self && <span className='badge'>{copy.people.you}</span>}
      </span>
      <span className='muted'>{copy.people.roles[member.role]}</span>
      <span className='presence'>
        <span className={online ? 'dot on' : 'dot'} />
        {online ? copy.people.online : copy.people.offline}
      </span>
    </li>
  )
}
