/** What our own posts refer to, so that nobody repeats them in another group of the same name. */
import test from 'brittle'

import { previousTag } from '../../worker/relays/newest.ts'
import { isAnyHere, readCards } from '../../worker/relays/state.ts'
import { says, seats } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'

test('a post refers to what others said, or else to the group’s card', async (t) => {
  t.timeout(60_000)
  const [a] = (await seats(t, 0)) as [Seat]
  const { relay } = a.group
  await says(a, 'nobody answers')
  const card = (await readCards(relay.state))?.creators.id ?? ''
  t.alike(await previousTag(relay, a.pubkey), ['previous', card.slice(0, 8)])
  t.ok(await isAnyHere(relay.state, card.slice(0, 8)), 'which others find here')
  const said = await says(a, 'and to others')
  const [name, ...prefixes] = (await previousTag(relay, 'f'.repeat(64))) ?? []
  t.is(name, 'previous')
  t.is(prefixes.at(-1), said.id.slice(0, 8), 'what was said last')
})
