/** Writers that name in their nodes what they like: old heads above all, to seem to stand early. */
import test from 'brittle'
import b4a from 'b4a'
import ApplyState from 'autobase/lib/apply-state.js'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { isLive, readMember, readWriterFacts } from '../../worker/relays/state.ts'
import { random } from './index-fixture.ts'
import { carried, eventBy, person } from './kernel-fixture.ts'
import { agreed, connect, found, hex, start, until } from './kernel-peers.ts'
import type { Peer } from './kernel-peers.ts'

const LONG = { timeout: 40_000 }

interface Head {
  key: Uint8Array
  length: number
}

interface RawNode {
  heads: Head[]
  batch?: number
  value: Uint8Array | null
  optimistic?: boolean
}

type Five = [Peer, Peer, Peer, Peer, Peer]

const note = (peer: Peer): NostrEvent => eventBy(peer.by, { kind: 9 })
const headOf = ({ base: { local } }: Peer, length = local.length): Head => ({
  key: local.key,
  length
})

const crafted = new WeakMap<object, RawNode[]>()
const append = ApplyState.prototype._appendLocalNodes

/** What a rogue writes is not what its own Autobase believes that it wrote. */
ApplyState.prototype._appendLocalNodes = function (nodes: unknown[]): Promise<void> {
  const raw = crafted.get(this.base)
  crafted.delete(this.base)
  return append.call(this, raw === undefined ? nodes : nodes.map((n, i) => ({ ...n!, ...raw[i] })))
}

async function write(peer: Peer, ...nodes: RawNode[]): Promise<void> {
  await peer.base.update()
  if (!peer.base.writable) return // it has heard of its removal
  crafted.set(peer.base, nodes)
  await peer.base.append(nodes.map(() => encodeRecord(carried(note(peer)))))
}

const dated = (heads: Head[], ...records: RelayRecord[]): RawNode[] =>
  records.map((record, i) => ({
    heads: i === 0 ? heads : [],
    batch: records.length - i,
    value: encodeRecord(record)
  }))

const inGroup = async (of: Peer, as: Peer): Promise<boolean> =>
  (await readMember(as.state, of.by.pubkey)) !== null

const headsOf = ({ base }: Peer): Head[] =>
  (base as unknown as { linearizer: { getHeads(): Head[] } }).linearizer.getHeads()

/** Everybody who counts says something, so that nobody's nodes hang loose. */
async function settle(peers: Peer[]): Promise<void> {
  for (const peer of peers) await peer.append(carried(note(peer)))
  await agreed(peers)
}

test('words of a removed member, dated before its removal', LONG, async (t) => {
  const peers = (await found(t)) as Five
  const [founder, ada, ben, cleo, dan] = peers
  const old = headsOf(dan)
  await founder.append(await founder.taking(9001, dan.by))
  const late: NostrEvent[] = [old, [], old.slice(0, 1), [headOf(founder, 2)]].map(() => note(dan))
  for (const [i, heads] of [old, [], old.slice(0, 1), [headOf(founder, 2)]].entries()) {
    await write(dan, ...dated(heads, carried(late[i]!)))
  }
  const part = connect(cleo, dan)
  const sees = async (): Promise<boolean> =>
    (await Promise.all(late.map(({ id }) => isLive(cleo.state, id)))).every((live) => live)
  await until(sees, [cleo])
  const said = note(cleo)
  await cleo.append(carried(said))
  await part()
  connect(founder, ada, ben, cleo)
  await settle([founder, ada, ben, cleo])
  for (const peer of [founder, cleo]) {
    t.absent(await inGroup(dan, peer))
    for (const { id } of late) t.absent(await isLive(peer.state, id))
    t.ok(await isLive(peer.state, said.id), 'who heard it says its own')
  }
})

test('what a removed admin did, dated before its removal', LONG, async (t) => {
  const peers = (await found(t)) as Five
  const [founder, ada, ben, cleo, dan] = peers
  const old = headsOf(ben)
  const put = await ben.taking(9000, dan.by, 'admin')
  const taking = [await ben.taking(9001, cleo.by), await ben.taking(9001, ada.by)]
  await founder.append(await founder.taking(9001, ben.by))
  await write(ben, ...dated(old, put, ...taking))
  const part = connect(dan, ben)
  await until(async () => (await readMember(dan.state, dan.by.pubkey))?.role === 'admin', [dan])
  await dan.append(await dan.taking(9001, cleo.by), carried(note(dan)))
  await part()
  const all = [founder, ada, cleo, dan]
  connect(...all)
  await settle(all)
  for (const peer of all) {
    t.absent(await inGroup(ben, peer))
    t.ok(await inGroup(cleo, peer))
    t.ok(await inGroup(ada, peer))
    t.is((await readMember(peer.state, dan.by.pubkey))?.role, 'member')
  }
})

test('a batch that somebody names in its middle stops nobody', LONG, async (t) => {
  const peers = (await found(t)) as Five
  const [founder, ada, , cleo, dan] = peers
  const whole = [note(dan), note(dan), note(dan)]
  await write(dan, ...dated(headsOf(dan), ...whole.map(carried)))
  const { length } = dan.base.local
  const [said, after] = [note(cleo), note(cleo)]
  await write(cleo, ...dated([headOf(dan, length - 2)], carried(said)))
  await write(dan, ...dated([headOf(dan, length - 1)], carried(note(dan))))
  await write(cleo, ...dated([headOf(cleo, cleo.base.local.length)], carried(after)))
  connect(...peers)
  await settle([founder, ada])
  const all = [...whole, said, after]
  const here = async (): Promise<boolean> =>
    (await Promise.all(all.map(({ id }) => isLive(founder.state, id)))).every((live) => live)
  await until(here, peers)
  await founder.append(carried(note(founder)))
  // All is signed by the founder in the end, and so is each node in its place.
  const signed = async (): Promise<boolean> => {
    const { log } = founder.base.view
    return log.signedLength === log.length
  }
  await until(signed, [founder])
  await settle([founder, ada])
  t.pass('they go on')
})

test('a core goes on in garbage: its writer ends there, and nobody else', LONG, async (t) => {
  const peers = (await found(t)) as Five
  const [founder, ada, ben, cleo, dan] = peers
  connect(...peers)
  const said = note(dan)
  await dan.append(carried(said))
  await agreed(peers)
  const raw = dan.base.local.session({ valueEncoding: 'binary' })
  await raw.append([b4a.from('garbage')])
  const seen = (): boolean =>
    [...founder.base.activeWriters].some(
      ({ core, frozen }) => hex(core.key) === dan.writer && frozen
    )
  await until(async () => seen(), [founder])
  await settle([founder, ada, ben, cleo])
  t.ok(await isLive(cleo.state, said.id), 'what it said before stays')
  await raw.close()
})

/** A node as no Autobase writes it. */
function anything(rogue: Peer, peers: Peer[], pick: (below: number) => number): RawNode[] {
  const heads = peers
    .filter((peer) => peer === rogue || pick(2) === 0)
    .filter((peer) => peer !== rogue || pick(3) === 0)
    .map((peer) => headOf(peer, 1 + pick(peer.base.local.length + (pick(6) === 0 ? 3 : 0))))
  const records = Array.from({ length: 1 + pick(3) }, () => carried(note(rogue)))
  const nodes = dated(heads, ...records)
  const odd = nodes[pick(nodes.length)]!
  switch (pick(7)) {
    case 0:
      odd.batch = pick(5)
      break
    case 1:
      odd.optimistic = true
      break
    case 2:
      odd.heads = [headOf(rogue, 1 + pick(rogue.base.local.length + 3))]
      break
    case 3:
      odd.value = pick(2) === 0 ? null : b4a.from('what is this')
      break
    case 4:
      odd.heads = [{ key: b4a.alloc(32, pick(255)), length: pick(9) }]
  }
  return nodes
}

for (let seed = 0; seed < 3; seed++) {
  test(`rogues write what they like, seed ${seed}`, LONG, async (t) => {
    const pick = random(seed)
    const peers = (await found(t)) as Five
    const [founder, ada, ben, cleo, dan] = peers
    const decent = [founder, ada, ben]
    const rogues = [cleo, dan]
    const cut = new Map<Peer, number>()
    const said: [NostrEvent, Peer][] = []
    for (let round = 0; round < 4; round++) {
      const side = peers.map(() => pick(2))
      const parts = [0, 1].map((n) => connect(...peers.filter((_, i) => side[i] === n)))
      for (let n = 0; n < 6; n++) {
        const rogue = rogues[pick(rogues.length)]!
        await write(rogue, ...anything(rogue, peers, pick))
        const peer = decent[pick(decent.length)]!
        if (round > 1 && pick(4) === 0 && !cut.has(rogue)) {
          await founder.base.update()
          await founder.append(await founder.taking(9001, rogue.by))
          cut.set(rogue, 0)
        } else if (peer.base.writable) {
          const event = note(peer)
          await peer.append(carried(event))
          said.push([event, peer])
        }
        await decent[pick(decent.length)]!.base.update()
      }
      for (const part of parts) await part()
    }
    connect(...decent)
    await settle(decent)
    for (const [{ id }] of said) if (!(await isLive(founder.state, id))) t.fail('a word is lost')
    for (const rogue of cut.keys()) t.absent(await inGroup(rogue, ada))
    const late = await start(t, 'late', founder.base.key)
    connect(...decent, late)
    await agreed([...decent, late])
    t.is(await readWriterFacts(late.state, person('nobody').pubkey), null)
  })
}
