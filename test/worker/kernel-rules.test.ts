/** Two builds of which one knows more rules than the other: they part at one node, and in words. */
import test from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from '../../worker/relays/kinds.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import { readRules, RULES } from '../../worker/relays/rules.ts'
import { isLive, readMember, readRelay } from '../../worker/relays/state.ts'
import { says, seats } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { carried, eventBy, Kernel, openStore, person } from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'
import { agreed, connect, found, hex, until } from './kernel-peers.ts'
import type { Peer } from './kernel-peers.ts'

const NEXT = RULES + 1
const [founder, relay, ada] = ['founder', 'relay', 'ada'].map(person) as [Person, Person, Person]

let cards = 1
const raising = (kernel: Kernel, rules: string): NostrEvent =>
  kernel.card(relay, 'closed', ++cards, [['rules', rules]])

test('the rules rise by the creator’s card alone, and never fall', async (t) => {
  const kernel = await Kernel.found(await openStore(t), 'rise')
  kernel.knows = 9
  const writer = await kernel.join(ada, 'admin')
  const feed = (card: NostrEvent): Promise<void> => kernel.feed(kernel.relayKey, [carried(card)])
  t.is(await readRules(kernel.state), 1)
  for (const odd of ['0', '-1', '1.5', 'many', '', '1e99', '__proto__']) {
    await feed(raising(kernel, odd))
    t.is(await readRules(kernel.state), 1, odd)
  }
  await feed(kernel.card(relay, 'closed', ++cards, [['admin', ada.pubkey]]))
  const creators = (await kernel.log()).at(-1)!
  const tags = [
    ['relayKey', kernel.relayKey],
    ['relayPubkey', person('another key').pubkey],
    ['card', creators.id],
    ['rules', '7']
  ]
  await kernel.feed(writer, [carried(eventBy(ada, { kind: KIND.createGroup, tags }))])
  t.is((await readRelay(kernel.state))?.relayPubkey, person('another key').pubkey)
  t.is(await readRules(kernel.state), 1, 'an admin in the creator’s name raises nothing')
  await feed(raising(kernel, '3'))
  t.is(await readRules(kernel.state), 3)
  await feed(raising(kernel, '2'))
  await feed(kernel.card(relay, 'closed', ++cards))
  t.is(await readRules(kernel.state), 3)
})

test('who knows less stops before the node that raises them, and is as before', async (t) => {
  const store = await openStore(t)
  const newer = await Kernel.found(store, 'newer')
  const first = (await newer.log())[0]!
  const older = await Kernel.found(store, 'older', 'closed', { card: first })
  newer.knows = NEXT
  const before = eventBy(founder, { kind: 9 })
  for (const kernel of [newer, older]) await kernel.feed(kernel.relayKey, [carried(before)])
  t.alike([...(await newer.entries())], [...(await older.entries())], 'until then they are one')

  const untouched = [await older.log(), [...(await older.entries())]]
  const [beside, after] = [eventBy(founder, { kind: 9 }), eventBy(founder, { kind: 9 })]
  const batch = [carried(beside), carried(raising(newer, String(NEXT))), carried(after)]
  await newer.feed(newer.relayKey, batch)
  await t.exception(older.feed(older.relayKey, batch), /update Hypertuna/)
  t.alike([await older.log(), [...(await older.entries())]], untouched, 'nothing of it is written')
  t.ok(await isLive(newer.state, after.id))
  t.is(await readRules(newer.state), NEXT)
  // As after a fast-forward past that node: what is there is by rules that it does not know.
  newer.knows = RULES
  await t.exception(newer.feed(newer.relayKey, [carried(eventBy(founder, { kind: 9 }))]), /rules/)
})

test('those who know the rules go on, whatever the others do', { timeout: 40_000 }, async (t) => {
  const peers = await found(t)
  const [first, second, behind] = peers as [Peer, Peer, Peer]
  const stopped: unknown[] = []
  for (const peer of [first, second]) peer.knows = NEXT
  behind.base.on('interrupt', (reason: unknown) => stopped.push(reason))
  const before = await behind.picture()
  connect(first, second, behind)
  const tags = [
    ['relayKey', hex(first.base.key)],
    ['relayPubkey', person('relay').pubkey],
    ['rules', String(NEXT)]
  ]
  await first.append(carried(eventBy(first.by, { kind: 9007, at: 2_000_000_000, tags })))
  const note = eventBy(second.by, { kind: 9 })
  await until(async () => (await readRules(second.state)) === NEXT, [second])
  await second.append(carried(note))
  await until(() => isLive(first.state, note.id), [first])
  await agreed([first, second])
  await until(() => Promise.resolve(stopped.length > 0), [])
  t.ok(String(stopped[0]).includes('update Hypertuna'))
  t.is(await behind.picture(), before)
  t.is(behind.error, null, 'it did not fail: it stopped')
})

test('a relay of unknown rules is read, and not written to', { timeout: 60_000 }, async (t) => {
  const [seat] = (await seats(t, 0)) as [Seat]
  const { relay } = seat.group
  const { secretKey, pubkey } = seat.member.identity
  const note = await says(seat, 'before')
  t.is(await readRules(relay.state), RULES, 'a new group begins with the newest')
  const told = new Promise((resolve) => relay.once('failure', resolve))
  const tags = [
    ['relayKey', relay.relayKey],
    ['relayPubkey', relay.facts!.relayPubkey],
    ['rules', String(NEXT)]
  ]
  const by = { name: 'creator', secretKey, pubkey }
  const card = eventBy(by, { kind: 9007, at: Math.floor(Date.now() / 1000) + 60, tags })
  await relay.base.append(encodeRecord(carried(card))).catch(() => {}) // it stops at its own node
  t.ok(String(await told).includes('update Hypertuna'))
  await t.exception(says(seat, 'after'), /update Hypertuna/)
  t.ok(await isLive(relay.state, note.id))
  t.ok(await readMember(relay.state, pubkey))
})
