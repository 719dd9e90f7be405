import { npubOf } from '../../../protocol/ids.ts'
import type { Member, Relay, Role } from '../../../protocol/rpc/generated/types.ts'
import { KeyIcon, PeopleIcon, TrashIcon } from '../parts/icons.tsx'
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx'
import { Avatar } from '../parts/names.tsx'
import { useApp } from '../state/app.ts'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'

interface PersonProps {
  relay: Relay
  member: Member
  people: People
}

/** One member: who, in which role, whether online, and what may be done. */
export function Person({ relay, member, people }: PersonProps) {
  const name = people.nameOf(member.pubkey)
  const self = member.pubkey === people.self
  const online = self || member.online
  const devices = member.devices ?? 1
  return (
    <li className='person'>
      <span className='face'>
        <Avatar seed={member.pubkey} name={name} />
        <span className={online ? 'dot on' : 'dot'} />
      </span>
      <span className='person-words'>
        <span className='person-name'>
          <bdi title={name}>{name}</bdi>
          {self && <span className='badge'>{copy.people.you}</span>}
        </span>
        <small className='muted'>
          <span>{online ? copy.people.online : awayWords(member)}</span>
          {devices > 1 && <span> · {copy.people.devices(devices)}</span>}
        </small>
      </span>
      <span className={member.role === 'member' ? 'role muted' : 'role'}>
        {member.creator ? copy.people.creator : copy.people.roles[member.role]}
      </span>
      <PersonMenu relay={relay} member={member} name={name} />
    </li>
  )
}

function awayWords({ lastSeen }: Member): string {
  return lastSeen ? copy.people.seen(lastSeen) : copy.people.offline
}

/** The worker says what we may do with whom; the menu only asks for it. */
function PersonMenu({ relay, member, name }: { relay: Relay; member: Member; name: string }) {
  const app = useApp()
  const { relayKey } = relay
  const { pubkey } = member

  const make = (role: Exclude<Role, 'none'>) =>
    app.attempt(async () => {
      await app.session.call('setRole', { relayKey, pubkey, role })
      app.notices.say(copy.people.made[role](name))
    })
  const remove = () => {
    const { removal } = copy
    const text = [removal.point, removal.keeps[relay.access], removal.return]
    const run = () => app.session.call('removeMember', { relayKey, pubkey })
    const ask = { title: removal.title(name), text, action: removal.action, run }
    app.confirm(ask, removal.done(name))
  }
  const copyKey = () =>
    app.attempt(async () => {
      await navigator.clipboard.writeText(npubOf(pubkey))
      app.notices.say(copy.message.copied)
    })

  const entries: MenuEntry[] = []
  for (const role of member.roles ?? []) {
    if (role === 'none') continue
    const label = copy.people.make[role]
    entries.push({ label, icon: <PeopleIcon size={16} />, run: () => make(role) })
  }
  entries.push({ label: copy.people.copyKey, icon: <KeyIcon size={16} />, run: copyKey })
  if (member.canRemove) {
    const icon = <TrashIcon size={16} />
    entries.push({ label: copy.people.remove, icon, danger: true, run: remove })
  }
  return <MenuButton label={copy.people.menu(name)} entries={entries} />
}
