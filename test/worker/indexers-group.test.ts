/** Groups of real members that lose their founder, and go on. */
import b4a from 'b4a'
import test from 'brittle'

import { canFork } from '../../worker/relays/indexer-effects.ts'
import { readIndexers } from '../../worker/relays/indexers.ts'
import type { Relay } from '../../worker/relays/relay.ts'
import { hasRole, heard, join, says } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { localDht, startMember, until } from './member.ts'
import type { TestContext } from './member.ts'

interface Place {
  seats: [Seat, ...Seat[]]
  /** Where the founder keeps what it has. */
  dir: string
  bootstrap: string[]
}

async function place(t: TestContext, others: number): Promise<Place> {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const member = await startMember(t, bootstrap, dir)
  const group = await member.relays.create({ name: 'Field notes', access: 'closed' })
  const founder: Seat = { member, group, pubkey: member.identity.pubkey }
  const seats: [Seat, ...Seat[]] = [founder]
  for (let i = 0; i < others; i++) {
    seats.push(await join(founder, await startMember(t, bootstrap)))
  }
  return { seats, dir, bootstrap }
}

/** Resolves once it holds; that something was signed has no event of its own. */
function eventually(holds: () => boolean | Promise<boolean>, ...all: Seat[]): Promise<void> {
  let timer: ReturnType<typeof setInterval> | null = null
  const ticking = {
    on(_event: string, look: () => void): void {
      timer ??= setInterval(look, 200)
    }
  }
  return until(holds, ticking, ...all.map(({ group }) => group)).finally(() => {
    if (timer !== null) clearInterval(timer)
  })
}

const signers = async ({ group }: Seat): Promise<string[]> =>
  (await group.succession.signing()).signers.sort()

/** Whether a device of theirs has written before the last signature. */
async function mayTakeOver(by: Relay, { group }: Seat): Promise<boolean> {
  const { base } = by
  return canFork(b4a.from(group.relay.writer, 'hex'), base.indexedLength, base.system)
}

async function hash({ group }: Seat): Promise<string> {
  const { view, core } = group.relay.base
  const parts = [await view.log.treeHash(), core.key]
  return [...parts.map((part) => b4a.toString(part, 'hex')), view.log.length].join()
}

test('a group outlives its founder', { timeout: 180_000 }, async (t) => {
  const { seats, dir, bootstrap } = await place(t, 3)
  const [founder, a, m, d] = seats as [Seat, Seat, Seat, Seat]
  await founder.group.acts.putUser(a.pubkey, 'admin')
  await hasRole(a.pubkey, 'admin', founder, a, m, d)
  await eventually(() => mayTakeOver(founder.group.relay, a), founder)
  const successor = async (): Promise<string | null> =>
    (await m.group.succession.signing()).successor
  await eventually(async () => (await successor()) === a.pubkey, m)
  t.pass('the next admin’s device would take over')
  await founder.member.close()

  const late = await join(a, await startMember(t, bootstrap))
  await hasRole(late.pubkey, 'member', a, m, d)
  await heard(await says(late, 'admitted without the founder'), a, m, d)
  await a.group.acts.removeUser(d.pubkey)
  await hasRole(d.pubkey, null, a, m, late)
  const before = await a.group.succession.signing()
  t.ok(before.unsigned > 0 && before.unsignedSince !== null, 'nobody signs')
  t.alike(before.signers, [founder.pubkey])

  await eventually(() => a.group.link?.onlinePubkeys().has(founder.pubkey) !== true, a)
  const unsigned = a.group.relay.base.view.log.signedLength
  await a.group.succession.declareLost()
  await eventually(() => a.group.relay.base.view.log.signedLength > unsigned, a, m)
  await eventually(async () => (await a.group.succession.signing()).unsigned === 0, a, m)
  await eventually(async () => (await signers(m)).join() === a.pubkey, m)
  t.pass('the successor signs')
  const { state, relayKey } = m.group.relay
  await eventually(async () => (await readIndexers(state, relayKey)).heir === null, a, m)

  await eventually(() => {
    const [kept] = m.member.config.get().relays
    return kept?.systemKey === a.group.relay.systemKey
  }, m)
  const later = await join(a, await startMember(t, bootstrap))
  await heard(await says(later, 'later'), a, m, late)
  t.ok(later.group.relay.replayed < a.group.relay.replayed, 'what is signed is not replayed')
  await eventually(() => later.group.relay.systemKey === a.group.relay.systemKey, later)

  const back = await startMember(t, bootstrap, dir)
  const again: Seat = {
    member: back,
    group: back.relays.get(a.group.relay.relayKey),
    pubkey: founder.pubkey
  }
  await heard(await says(again, 'the founder is back'), a, m, late, later)
  await eventually(async () => (await signers(again)).join() === a.pubkey, again)
  await eventually(
    async () => {
      const all = await Promise.all([again, a, m, late, later].map(hash))
      return all.every((one) => one === all[0])
    },
    again,
    a,
    m,
    late,
    later
  )
  t.is(again.group.role, 'admin')

  await a.member.close()
  await again.group.acts.removeUser(a.pubkey)
  await hasRole(a.pubkey, null, again, m)
  await eventually(() => again.group.link?.onlinePubkeys().has(a.pubkey) !== true, again)
  const signed = again.group.relay.base.view.log.signedLength
  await again.group.succession.declareLost()
  await heard(await says(m, 'signed by the founder'), again)
  await eventually(() => m.group.relay.base.view.log.signedLength > signed + 1, again, m)
  t.alike(await signers(m), [founder.pubkey], 'who took over is out, and the founder signs')
})

test('three admins sign from the third on', { timeout: 120_000 }, async (t) => {
  const { seats } = await place(t, 2)
  const [founder, a, b] = seats as [Seat, Seat, Seat]
  await founder.group.acts.putUser(a.pubkey, 'admin')
  await hasRole(a.pubkey, 'admin', founder, a, b)
  t.alike(await signers(a), [founder.pubkey], 'never two')
  await founder.group.acts.putUser(b.pubkey, 'admin')
  const three = [founder.pubkey, a.pubkey, b.pubkey].sort().join()
  await eventually(async () => (await signers(a)).join() === three, a)
  await heard(await says(a, 'three'), founder, b)
  await eventually(async () => {
    const { system, indexedLength } = a.group.relay.base
    return (await system.getIndexedInfo(indexedLength)).indexers.length === 3
  }, a)
  await founder.member.close()
  await heard(await says(b, 'two of three'), a)
  const length = a.group.relay.base.view.log.length
  await eventually(() => a.group.relay.base.view.log.signedLength >= length, a, b)
  t.pass('one may be lost')
})
