/** The kernel on real Autobases: whatever arrives when, all come to the same view. */
import test from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { readMember, readWriterFacts } from '../../worker/relays/state.ts'
import { random } from './index-fixture.ts'
import { carried, eventBy, hexOf, person, writerNamed } from './kernel-fixture.ts'
import { admission, agreed, connect, found, INVITE, start, until } from './kernel-peers.ts'
import type { Peer } from './kernel-peers.ts'
import type { TestContext } from './member.ts'

/** Something that somebody may do, or tries to. */
async function something(
  peer: Peer,
  peers: Peer[],
  said: NostrEvent[],
  pick: (below: number) => number
): Promise<RelayRecord> {
  const target = peers[1 + pick(peers.length - 1)]!.by
  const sign = (kind: number, ...tags: string[][]): RelayRecord => {
    const event = eventBy(peer.by, { kind, tags })
    said.push(event)
    return carried(event)
  }
  const any = said[pick(said.length)]
  switch (pick(14)) {
    case 0:
    case 1:
      return peer.taking(9001, target)
    case 2:
      return peer.taking(9000, target)
    case 3:
      return peer.taking(9000, target, 'admin')
    case 4:
      return sign(5, ['e', any?.id ?? hexOf('none')])
    case 5:
      return sign(9005, ['e', any?.id ?? hexOf('none')])
    case 6:
      return sign(30000, ['d', 'x'])
    case 7:
      return admission(peer, person(`new ${pick(3)}`), writerNamed(`new writer ${pick(3)}`), INVITE)
    case 8:
      return pick(2) === 0 ? sign(9022) : sign(9)
    case 9:
      return any === undefined ? sign(9) : carried(any)
    default:
      return sign(9)
  }
}

/** @returns how many stayed, who all agree */
async function storm(t: TestContext, seed: number): Promise<number> {
  const pick = random(seed)
  const peers = await found(t)
  const said: NostrEvent[] = []
  for (let round = 0; round < 4; round++) {
    const side = peers.map(() => pick(3))
    const parts = [0, 1].map((n) => connect(...peers.filter((_, i) => side[i] === n)))
    for (let n = 0; n < 8; n++) {
      const peer = peers[pick(peers.length)]!
      const records = [await something(peer, peers, said, pick)]
      if (pick(3) === 0) records.push(await something(peer, peers, said, pick))
      await peer.append(...records)
      if (pick(3) === 0) await peers[pick(peers.length)]!.base.update()
    }
    for (const part of parts) await part()
  }
  connect(...peers)
  // Who counts still refers to all that it has; what only the removed have is nobody's.
  for (const peer of peers) {
    await peer.base.update()
    await peer.append(carried(eventBy(peer.by, { kind: 9 })))
  }
  let staying: Peer[] = []
  await until(async () => {
    staying = []
    for (const peer of peers) if (await counts(peer, peer)) staying.push(peer)
    const pictures = new Set(await Promise.all(staying.map((peer) => peer.picture())))
    const seen = await Promise.all(peers.map((peer) => counts(peer, staying[0]!)))
    return pictures.size === 1 && peers.every((peer, i) => seen[i] === staying.includes(peer))
  }, peers)
  const late = await start(t, 'late', peers[0]!.base.key)
  connect(...staying, late)
  await agreed([...staying, late])
  return staying.length
}

const isIn = async (peer: Peer, as: Peer): Promise<boolean> =>
  (await readMember(as.state, peer.by.pubkey)) !== null

async function counts(peer: Peer, as: Peer): Promise<boolean> {
  const cut = (await readWriterFacts(as.state, peer.writer))?.cut
  return cut === null && (await isIn(peer, as))
}

for (let seed = 0; seed < 6; seed++) {
  test(`all orders come to one view, seed ${seed}`, { timeout: 40_000 }, async (t) => {
    t.ok((await storm(t, seed)) >= 1)
  })
}

test(
  'two admins who remove each other: the senior one stays, for all',
  { timeout: 40_000 },
  async (t) => {
    const peers = await found(t)
    const [founder, ada, ben, cleo] = peers as [Peer, Peer, Peer, Peer]
    await ada.append(await ada.taking(9001, ben.by))
    await ben.append(await ben.taking(9001, ada.by), await ben.taking(9001, cleo.by))
    const one = connect(ben, cleo)
    await agreed([ben, cleo])
    await one()
    connect(...peers)
    for (const peer of [founder, ada, cleo]) {
      await until(async () => !(await isIn(ben, peer)), [peer])
      await until(async () => (await isIn(ada, peer)) && (await isIn(cleo, peer)), [peer])
    }
    await agreed([founder, ada])
    t.ok(await isIn(ada, founder))
    t.absent(await isIn(ben, founder))
    t.ok(await isIn(cleo, founder), 'what the removed one did meanwhile is undone')
  }
)
