/** What people may do in a group, and to each other. */
import test from 'brittle'

import { generateSecretKey, getPublicKey, tagValues } from '../../protocol/nostr.ts'
import { loadOrCreateIdentity } from '../../worker/identity.ts'
import { KIND } from '../../worker/relays/policy.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import {
  isLive,
  readCards,
  readFormer,
  readReplaceable,
  readRequests
} from '../../worker/relays/state.ts'
import { hasRole, heard, says, seats, signed } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { until } from './member.ts'

const LONG = { timeout: 120_000 }

/** Resolves when the relay's own key says so of the members. */
async function told(by: Seat, kind: number, pubkeys: string[]): Promise<void> {
  await until(async () => {
    const { state, facts } = by.group.relay
    const pointer = await readReplaceable(state, kind, facts!.relayPubkey, facts!.alias)
    if (pointer === null) return false
    const named = tagValues(await by.group.relay.eventAt(pointer.position), 'p')
    return named.toSorted().join() === pubkeys.toSorted().join()
  }, by.group)
}

test('an admin makes admins, moderators and members', LONG, async (t) => {
  const [founder, ada, ben] = (await seats(t, 2)) as [Seat, Seat, Seat]
  await t.exception(ben.group.acts.putUser(ben.pubkey, 'admin'), /only an admin/)
  await founder.group.acts.putUser(ada.pubkey, 'admin')
  await hasRole(ada.pubkey, 'admin', ada, ben)
  await told(ada, KIND.admins, [founder.pubkey, ada.pubkey])
  await until(async () => (await ada.group.relaySecret()) !== null, ada.group)
  await ada.group.acts.putUser(ben.pubkey, 'moderator')
  await hasRole(ben.pubkey, 'moderator', founder, ben)
  await told(founder, KIND.admins, [founder.pubkey, ada.pubkey, ben.pubkey])
  await until(
    async () => (await readCards(ben.group.relay.state))?.admins.join() === ada.pubkey,
    ben.group
  )
  t.pass('the creator’s card names the other admin')

  const rude = await says(ada, 'rude')
  await heard(rude, ben)
  await ben.group.acts.deleteEvents([rude.id])
  await until(async () => !(await isLive(founder.group.relay.state, rude.id)), founder.group)
  await ben.group.acts.pin([['e', 'ab'.repeat(32)]])
  await until(() => founder.group.relay.facts?.pins.length === 1, founder.group)
  await t.exception(ben.group.acts.removeUser(ada.pubkey), /only an admin/)
  await t.exception(ada.group.acts.removeUser(founder.pubkey), /creator/)
})

test('what a removed member writes beyond the removal never was', LONG, async (t) => {
  const [founder, ada, ben] = (await seats(t, 2)) as [Seat, Seat, Seat]
  const before = await says(ada, 'before')
  await heard(before, founder, ben)

  // Ada is cut off, goes on writing, and Ben carries one of her events too.
  await ada.member.network.swarm.suspend()
  const alone = await says(ada, 'alone')
  const shared = await says(ada, 'shared')
  await founder.group.acts.removeUser(ada.pubkey, 'for good')
  await hasRole(ada.pubkey, null, founder, ben)
  await ada.member.network.swarm.resume()
  await hasRole(ada.pubkey, null, ada)
  t.is(await readFormer(ben.group.relay.state, ada.pubkey), 'removed')
  for (const { group } of [founder, ada, ben]) {
    t.ok(await isLive(group.relay.state, before.id), 'what was accepted stays')
    t.absent(await isLive(group.relay.state, alone.id))
    t.absent(await isLive(group.relay.state, shared.id))
  }
  await told(founder, KIND.members, [founder.pubkey, ben.pubkey])

  // The removed one writes on with a modified worker, dated before.
  const late = signed(ada, 9, [], 'late')
  await ada.group.relay.base.append([encodeRecord({ type: 'event', event: late })]).catch(() => 0)
  const after = await says(ben, 'after')
  await heard(after, founder, ada)
  t.absent(await isLive(founder.group.relay.state, late.id))
})

test('an admin that goes takes the relay’s key along, so there is another', LONG, async (t) => {
  const [founder, ada, ben] = (await seats(t, 2)) as [Seat, Seat, Seat]
  await founder.group.acts.putUser(ada.pubkey, 'admin')
  await until(async () => (await ada.group.relaySecret()) !== null, ada.group)
  const old = founder.group.relay.facts!.relayPubkey
  const oldCard = await readCards(founder.group.relay.state)
  await founder.group.acts.removeUser(ada.pubkey)
  await until(() => founder.group.relay.facts?.relayPubkey !== old, founder.group)
  await until(() => ben.group.relay.facts?.relayPubkey !== old, ben.group)
  const card = await readCards(ben.group.relay.state)
  t.not(card?.creators.id, oldCard?.creators.id, 'a new card')
  await told(ben, KIND.members, [founder.pubkey, ben.pubkey])
  t.is(await readReplaceable(ben.group.relay.state, KIND.members, old, 'field-notes'), null)
  t.is(await ada.group.relaySecret(), null, 'nothing is sealed to who went')
})

test(
  'an admin that leaves while the creator is away leaves the next one the word',
  LONG,
  async (t) => {
    const [founder, ada, ben] = (await seats(t, 2)) as [Seat, Seat, Seat]
    await founder.group.acts.putUser(ada.pubkey, 'admin')
    await founder.group.acts.putUser(ben.pubkey, 'admin')
    const named = [ada.pubkey, ben.pubkey].join()
    const isNamed = async (): Promise<boolean> =>
      (await readCards(ben.group.relay.state))?.admins.join() === named
    await until(isNamed, ben.group)
    await until(async () => (await ben.group.relaySecret()) !== null, ben.group)
    await hasRole(ben.pubkey, 'admin', ada)
    await founder.member.network.swarm.suspend()
    // Who may, speaks by a key of its own, as after somebody was removed.
    const old = ben.group.relay.facts!.relayPubkey
    const card = await readCards(ben.group.relay.state)
    const key = getPublicKey(generateSecretKey())
    const tags = [
      ['relayKey', ada.group.relay.relayKey],
      ['relayPubkey', key],
      ['card', card!.creators.id]
    ]
    const delegated = signed(ada, KIND.createGroup, tags)
    await ada.group.relay.append([{ type: 'event', event: delegated }])
    await until(() => ben.group.relay.facts?.relayPubkey === key, ben.group)
    await ada.group.acts.leave()
    await until(() => ![old, key].includes(ben.group.relay.facts!.relayPubkey), ben.group)
    const cards = await readCards(ben.group.relay.state)
    t.is(cards?.delegated?.by, ben.pubkey, 'though the other is the more senior one')
    t.alike(
      cards?.resigned.map(({ pubkey }) => pubkey),
      [ada.pubkey]
    )
    await told(ben, KIND.members, [founder.pubkey, ben.pubkey])
    const end = { handshakeHash: Buffer.alloc(64), noiseKey: Buffer.alloc(32) }
    const shown = async (): Promise<string[] | undefined> =>
      (await ben.group.prove(end))?.resigned?.map(({ pubkey }) => pubkey)
    while ((await shown())?.length === 0) await says(ben, 'it looks again with each event')
    t.alike(await shown(), [ada.pubkey], 'and gateways are told')
  }
)

test('leaving is one’s own act, and the last admin stays', LONG, async (t) => {
  const [founder, ada] = (await seats(t, 1)) as [Seat, Seat]
  await t.exception(founder.group.acts.leave(), /last admin/)
  const words = await says(ada, 'farewell')
  await ada.group.acts.leave()
  await hasRole(ada.pubkey, null, founder)
  t.is(await readFormer(founder.group.relay.state, ada.pubkey), 'left')
  t.ok(await isLive(founder.group.relay.state, words.id))
  await told(founder, KIND.members, [founder.pubkey])
  const kinds = (await founder.group.relay.newestEvents(50)).map(({ kind }) => kind)
  t.ok(kinds.includes(KIND.removeUser), 'the relay’s key says so by 9001')
  t.ok(kinds.includes(KIND.putUser), 'as it said that Ada came, by 9000')
})

test('who asks waits for an admin, and is let in or not', LONG, async (t) => {
  const [founder, ada] = (await seats(t, 1)) as [Seat, Seat]
  const stranger = {
    ...ada,
    member: { ...ada.member, identity: await loadOrCreateIdentity(await t.tmp()) }
  }
  const pubkey = stranger.member.identity.pubkey
  const ask = signed(stranger, KIND.joinRequest, [])
  await ada.group.relay.append([await ada.group.relay.recordFor(ask)])
  await until(
    async () => (await readRequests(founder.group.relay.state)).some((r) => r.pubkey === pubkey),
    founder.group
  )
  await t.exception(ada.group.acts.approve(pubkey), /only an admin/)
  await founder.group.acts.approve(pubkey)
  await hasRole(pubkey, 'member', ada)
  t.is((await readRequests(ada.group.relay.state)).length, 0)
  const post = signed(stranger, 9, [], 'hello')
  await ada.group.relay.append([{ type: 'event', event: post }])
  await heard(post, founder)
})

test('a deleted group is closed to everybody', LONG, async (t) => {
  const [founder, ada] = (await seats(t, 1)) as [Seat, Seat]
  await founder.group.acts.putUser(ada.pubkey, 'admin')
  await hasRole(ada.pubkey, 'admin', ada)
  await t.exception(ada.group.acts.deleteGroup(), /only its creator/)
  await founder.group.acts.deleteGroup()
  await until(() => ada.group.relay.facts?.deleted === true, ada.group)
  await t.exception(says(ada, 'still here?'), /deleted/)
  await t.exception(says(founder, 'still here?'), /deleted/)
})

test('a description is replaced whole', LONG, async (t) => {
  const [founder] = (await seats(t, 0)) as [Seat]
  await founder.group.acts.editMetadata({ about: 'birds', picture: 'https://a.example/p.png' })
  t.is(founder.group.relay.facts?.name, 'Field notes')
  t.is(founder.group.relay.facts?.about, 'birds')
  const plain = signed(founder, KIND.editMetadata, [['name', 'Birds'], ['closed']])
  await founder.group.relay.append([{ type: 'event', event: plain }])
  t.is(founder.group.relay.facts?.name, 'Birds')
  t.is(founder.group.relay.facts?.about, '')
  t.is(founder.group.relay.facts?.access, 'closed')
  const secret = signed(founder, KIND.editMetadata, [['name', 'Birds'], ['private']])
  t.is((await founder.group.relay.judge({ type: 'event', event: secret }))?.prefix, 'invalid')
})

test('gateways are listed by an admin, kept, and told to no stranger', LONG, async (t) => {
  const [founder, ada] = (await seats(t, 1)) as [Seat, Seat]
  const { acts, relay } = founder.group
  const keys = Array.from({ length: 17 }, (_, i) => i.toString(16).padStart(64, '0'))
  const [first = '', second = ''] = keys
  await acts.editMetadata({ gateways: [first, second, first] })
  t.alike(relay.facts?.gateways, [first, second])
  await acts.editMetadata({ about: 'birds' })
  await until(() => ada.group.relay.facts?.about === 'birds', ada.group)
  t.alike(ada.group.relay.facts?.gateways, [first, second], 'another edit keeps them')
  const pointer = await readReplaceable(
    relay.state,
    KIND.metadata,
    relay.facts!.relayPubkey,
    relay.facts!.alias
  )
  const shown = await relay.eventAt(pointer!.position)
  t.absent(JSON.stringify(shown).includes(first), 'no word of them in 39000')

  await t.exception(acts.editMetadata({ gateways: ['nowhere'] }), /64 hex/)
  await t.exception(acts.editMetadata({ gateways: [first.replace('0', 'A')] }), /64 hex/)
  await t.exception(acts.editMetadata({ gateways: keys }), /at most 16/)
  await t.exception(ada.group.acts.editMetadata({ gateways: [] }), /only an admin/)
  t.alike(relay.facts?.gateways, [first, second])
  const plain = signed(founder, KIND.editMetadata, [['name', 'Birds'], ['closed']])
  await relay.append([{ type: 'event', event: plain }])
  t.alike(relay.facts?.gateways, [], 'a 9002 without them takes them away')
})
