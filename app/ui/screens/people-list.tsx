import { useState } from 'react'
import type { Member, Relay } from '../../../protocol/rpc/generated/types.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { InviteIcon } from '../parts/icons.tsx'
import { PeoplePicture } from '../parts/pictures.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { Company } from '../state/company.ts'
import { requestsFeed } from '../state/feeds.ts'
import type { People } from '../state/people.ts'
import { administers, endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { Invites } from './invites.tsx'
import { Person } from './person.tsx'
import { Requests } from './requests.tsx'

/** Who asks to join, the members, and the invites by which more may come. */
export function PeopleList({ relay, people }: { relay: Relay; people: People }) {
  const app = useApp()
  const asking = useLive(requestsFeed(app.session, relay.relayKey))
  const [company] = useState(() => new Company())
  if (!people.loaded) return <Loading label={copy.people.loading} />
  const admin = administers(relay)
  const alone = company.isAlone({
    members: people.members.length,
    requests: asking.loaded ? asking.value.length : null,
    counted: { members: relay.members, requests: relay.requests ?? 0 }
  })
  return (
    <div className='people'>
      {admin && <Requests relay={relay} requests={asking.value} />}
      <section>
        <h2 className={admin ? '' : 'hidden-text'}>{copy.people.members}</h2>
        <ul aria-label={copy.people.label}>
          {inOrder(people).map((member) => (
            <Person key={member.pubkey} relay={relay} member={member} people={people} />
          ))}
        </ul>
        {admin && !alone && endOf(relay) === null && (
          <Button kind='quiet' onPress={() => app.dialog.set({ kind: 'invite', relay })}>
            <InviteIcon />
            {copy.people.invite}
          </Button>
        )}
      </section>
      {admin && alone && (
        <Empty icon={<PeoplePicture />} title={copy.people.aloneTitle} text={copy.people.aloneText}>
          <Button kind='primary' onPress={() => app.dialog.set({ kind: 'invite', relay })}>
            <InviteIcon />
            {copy.group.invite}
          </Button>
        </Empty>
      )}
      {admin && <Invites relay={relay} people={people} />}
    </div>
  )
}

/** Oneself, then who is online, then the others, each by name. */
function inOrder({ members, self, nameOf }: People): Member[] {
  const rank = (member: Member) => (member.pubkey === self ? 0 : member.online ? 1 : 2)
  return [...members].sort(
    (a, b) => rank(a) - rank(b) || nameOf(a.pubkey).localeCompare(nameOf(b.pubkey))
  )
}
