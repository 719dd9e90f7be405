/** How people come into a group, leave it, are kept out, and come back. */
import AbortController from 'bare-abort-controller'
import { copyFileSync } from 'bare-fs'
import { join as pathOf } from 'bare-path'
import test from 'brittle'

import { HypertunaError } from '../../protocol/errors.ts'
import { signEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import type { Group } from '../../worker/relays/group.ts'
import { readDevices, readRequests, readWriterFacts } from '../../worker/relays/state.ts'
import { quiet, says, seats, join as takeSeat } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { localDht, startMember, until } from './member.ts'
import type { Member } from './member.ts'

const LONG = { timeout: 120_000 }

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (err: unknown) => HypertunaError.from(err).code
  )

const hears = (group: Group, id: string): Promise<void> =>
  until(async () => (await group.relay.newestEvents(50)).some((event) => event.id === id), group)

/** Resolves when the pubkey waits for an admin's word. */
const asked = (group: Group, pubkey: string): Promise<void> =>
  until(async () => (await readRequests(group.relay.state)).some((r) => r.pubkey === pubkey), group)

/** As it is dated when one leaves more than once within a second, or by a clock that was ahead. */
async function leavesAt({ group: { relay }, member }: Seat, created_at: number): Promise<void> {
  const tags = [['h', relay.facts!.alias]]
  const event = signEvent({ kind: 9022, created_at, tags, content: '' }, member.identity.secretKey)
  await relay.append([await relay.recordFor(event)])
}

async function askingInvite(by: Member, access: string): Promise<[Group, string]> {
  const group = await by.relays.create({ name: 'Field notes', access })
  const terms = { expiresIn: 600, uses: 0, approval: true }
  return [group, (await by.relays.invite(group.relay.relayKey, terms)).invite]
}

for (const access of ['closed', 'private']) {
  test(`who asks to join a ${access} group waits until an admin approves`, LONG, async (t) => {
    const bootstrap = await localDht(t)
    const dir = await t.tmp()
    const a = await startMember(t, bootstrap, dir)
    const b = await startMember(t, bootstrap)
    const [group, invite] = await askingInvite(a, access)
    const { relayKey } = group.relay
    const phases: string[] = []
    const joining = b.relays.join(invite, {
      signal: new AbortController().signal as never,
      onphase: (phase) => phases.push(phase)
    })
    await asked(group, b.identity.pubkey)
    t.alike(phases, ['waiting'])
    t.absent(group.relay.members.has(b.identity.pubkey))
    await a.close()
    const again = await startMember(t, bootstrap, dir)
    const later = again.relays.get(relayKey)
    t.is((await readRequests(later.relay.state)).length, 1, 'the request outlives a restart')
    await later.acts.approve(b.identity.pubkey)
    const ours = await joining
    t.is(ours.role, 'member')
    t.alike(phases, ['waiting', 'syncing', 'ready'])
    t.is((await readRequests(later.relay.state)).length, 0)
  })
}

test('who is declined is told so', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startMember(t, bootstrap)
  const b = await startMember(t, bootstrap)
  const [group, invite] = await askingInvite(a, 'closed')
  const joining = codeOf(b.relays.join(invite, quiet()))
  await asked(group, b.identity.pubkey)
  await group.acts.decline(b.identity.pubkey)
  t.is(await joining, 'INVITE_REJECTED')
  t.is(b.relays.groups.size, 0)
})

for (const access of ['closed', 'private'] as const) {
  test(`removed from a ${access} group, and put back by an admin`, LONG, async (t) => {
    const [founder, removed] = (await seats(t, 1, access)) as [Seat, Seat]
    const { relayKey } = founder.group.relay
    await hears(removed.group, (await says(founder, 'before')).id)
    t.absent(removed.group.mayRejoin)
    await founder.group.acts.removeUser(removed.pubkey)
    const { invite } = await founder.member.relays.invite(relayKey, { expiresIn: 600, uses: 0 })
    await until(() => removed.group.mayRejoin, removed.group)
    const { link } = founder.group
    await until(() => link?.onlinePubkeys().has(removed.pubkey) === false, founder.group)
    t.ok((await removed.group.relay.newestEvents(50)).length > 3, 'what it has stays readable')
    t.is(await codeOf(removed.member.relays.join(invite, quiet())), 'INVITE_REJECTED')
    await founder.group.acts.putUser(removed.pubkey, 'member')
    const back = await removed.member.relays.join(invite, quiet())
    t.is(back.role, 'member')
    const event = await says({ ...removed, group: back }, 'again')
    await hears(founder.group, event.id)
    t.ok((await back.relay.newestEvents(50)).length > 3, 'with what was there before')
    t.is(removed.member.config.get().relays.length, 1)
    t.is(await codeOf(removed.member.relays.join(invite, quiet())), 'RELAY_EXISTS')
  })
}

test('leaving takes a group off the device, and the others know', LONG, async (t) => {
  const [founder, leaving] = (await seats(t, 1)) as [Seat, Seat]
  const { relayKey } = founder.group.relay
  const { relays, config } = leaving.member
  await t.exception(founder.group.acts.leave(), /last admin/)
  await leaving.group.acts.leave()
  await relays.forget(relayKey)
  await until(() => !founder.group.relay.members.has(leaving.pubkey), founder.group)
  t.is(relays.groups.size, 0)
  t.is(config.get().relays.length, 0)
  t.is(await codeOf(relays.forget(relayKey)), 'UNKNOWN_RELAY')
  const back = await takeSeat(founder, leaving.member)
  t.is(back.group.role, 'member', 'who left may come back by an invite')
})

test('a deleted group can be forgotten', LONG, async (t) => {
  const [founder, other] = (await seats(t, 1)) as [Seat, Seat]
  const { relayKey } = founder.group.relay
  await founder.group.acts.deleteGroup()
  await until(() => other.group.relay.facts?.deleted === true, other.group)
  t.is(await codeOf(says(other, 'too late')), 'NOT_ALLOWED')
  await other.member.relays.forget(relayKey)
  t.is(other.member.relays.groups.size, 0)
  await founder.member.relays.forget(relayKey)
  t.is(founder.member.config.get().relays.length, 0)
})

test('a copied identity is one more device of the same member', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const dirs = [await t.tmp(), await t.tmp()] as [string, string]
  const a = await startMember(t, bootstrap)
  const first = await startMember(t, bootstrap, dirs[0])
  copyFileSync(pathOf(dirs[0], 'identity.json'), pathOf(dirs[1], 'identity.json'))
  const second = await startMember(t, bootstrap, dirs[1])
  t.is(second.identity.pubkey, first.identity.pubkey)
  const group = await a.relays.create({ name: 'Field notes', access: 'closed' })
  const founder = { member: a, group, pubkey: a.identity.pubkey }
  const one = await takeSeat(founder, first)
  const two = await takeSeat(founder, second)
  t.is(group.relay.members.size, 2)
  for (const [writer, reader] of [
    [one, two],
    [two, one]
  ] as const) {
    const { id } = await says(writer, `from ${writer.group.relay.writer}`)
    await hears(reader.group, id)
    await hears(group, id)
  }
  await group.acts.removeUser(one.pubkey)
  for (const device of [one, two]) {
    await until(() => device.group.role === 'none', device.group)
    t.not(await codeOf(says(device, 'after')), 'done', 'it writes no more')
  }
})

test('an admin who was removed cannot list itself with the key of before', LONG, async (t) => {
  const [founder, other] = (await seats(t, 1)) as [Seat, Seat]
  await founder.group.acts.putUser(other.pubkey, 'admin')
  await until(async () => (await other.group.relaySecret()) !== null, other.group)
  const secret = await other.group.relaySecret()
  const end = { handshakeHash: Buffer.alloc(64, 1), noiseKey: Buffer.alloc(32, 2) }
  await until(async () => (await other.group.prove(end)) !== null, other.group)
  const proof = await other.group.prove(end)
  if (secret === null || proof === null) throw new Error('not an admin')
  const before = founder.group.relay.facts?.relayPubkey
  t.is(proof.members.pubkey, before)
  await founder.group.acts.removeUser(other.pubkey)
  await until(() => founder.group.relay.facts?.relayPubkey !== before, founder.group)
  const mine = { secretKey: secret, list: proof.members.tags }
  const forged = signEvent(
    { kind: 39002, created_at: now() + 1000, tags: mine.list, content: '' },
    mine.secretKey
  )
  await until(async () => {
    const ours = await founder.group.prove(end)
    return ours !== null && ours.card.id !== proof.card.id
  }, founder.group)
  t.exception(() => founder.group.checkMember({ ...proof, members: forged }, end), /newer card/)
})

test(
  'who leaves and comes back has one device, and the old one writes no more',
  LONG,
  async (t) => {
    const [founder, leaving] = (await seats(t, 1)) as [Seat, Seat]
    const { state } = founder.group.relay
    const before = await says(leaving, 'before')
    for (let time = 0; time < 3; time++) {
      await leavesAt(leaving, now() + time * 60)
      const old = leaving.group.relay.writer
      const back = await takeSeat(founder, leaving.member)
      t.not(back.group.relay.writer, old)
      leaving.group = back.group
      await hears(founder.group, (await says(leaving, `back ${time}`)).id)
      const devices = await readDevices(state, leaving.pubkey)
      t.alike(
        devices.filter(({ writes }) => writes).map(({ writer }) => writer),
        [back.group.relay.writer]
      )
      t.is((await readWriterFacts(state, old))?.out, true, 'Autobase takes no more of it')
    }
    await hears(founder.group, before.id)
    t.pass('what was said before stays')
  }
)
