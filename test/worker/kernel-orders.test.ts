/** The kernel on real Autobases: whatever arrives when, all come to the same view. */
import test from 'brittle'
import b4a from 'b4a'
import Autobase from 'autobase'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'
import type { Duplex } from 'streamx'

import type { NostrEvent } from '../../protocol/nostr.ts'
import '../../worker/relays/guard-dag.ts'
import { applyNodes } from '../../worker/relays/apply.ts'
import type { View } from '../../worker/relays/apply.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { Cut, RelayRecord } from '../../worker/relays/records.ts'
import { readDevices, readMember, readWriterFacts } from '../../worker/relays/state.ts'
import { random } from './index-fixture.ts'
import {
  carried,
  eventBy,
  freshWriter,
  hexOf,
  person,
  provenTag,
  writerNamed
} from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'
import type { TestContext } from './member.ts'

const hex = (key: Uint8Array): string => b4a.toString(key, 'hex')

class Peer {
  readonly by: Person
  readonly store: Corestore
  readonly base: Autobase<View>
  error: unknown = null
  readonly #alive = setInterval(() => {}, 10_000)

  constructor(name: string, dir: string, key: Uint8Array | null) {
    this.by = person(name)
    this.store = new Corestore(dir)
    this.base = new Autobase<View>(this.store.namespace('relay'), key, {
      valueEncoding: 'binary',
      ackInterval: 100,
      keyPair: freshWriter(),
      // Each replays by itself: what is taken over from others could not be read while parted.
      fastForward: false,
      open: (views) => ({
        log: views.get('log'),
        state: new Hyperbee<string, unknown>(views.get('state'), {
          extension: false,
          keyEncoding: 'utf-8',
          valueEncoding: 'json'
        })
      }),
      apply: (nodes, view, host) => applyNodes(nodes, view, host, { from() {}, touched() {} }),
      close: (view) => view.state.close()
    })
    this.base.on('error', (err: unknown) => (this.error = err))
  }

  get writer(): string {
    return hex(this.base.local.key)
  }

  get state(): View['state'] {
    return this.base.view.state
  }

  async append(...records: RelayRecord[]): Promise<void> {
    try {
      if (this.base.writable) await this.base.append(records.map(encodeRecord))
    } catch (err) {
      if (this.base.writable) throw err // it was removed just now
    }
  }

  /** A 9000 or 9001 with what this peer has seen of the others' writers. */
  async taking(kind: number, of: Person, ...roles: string[]): Promise<RelayRecord> {
    const event = eventBy(this.by, { kind, tags: [['p', of.pubkey, ...roles]] })
    const cuts: Cut[] = []
    for (const { writer } of await readDevices(this.state, of.pubkey)) {
      const seen = await this.base.system.get(b4a.from(writer, 'hex'))
      cuts.push({ writer, length: seen?.length ?? 0 })
    }
    return cuts.length === 0 ? carried(event) : { type: 'act', event, cuts }
  }

  async picture(): Promise<string> {
    const { log } = this.base.view
    const { core } = this.state as unknown as { core: Hypercore }
    const hashes = [hex(await log.treeHash()), hex(await core.treeHash())]
    return JSON.stringify([log.length, core.length, ...hashes])
  }

  async close(): Promise<void> {
    clearInterval(this.#alive)
    await this.base.close()
    await this.store.close()
  }
}

async function start(t: TestContext, name: string, key: Uint8Array | null): Promise<Peer> {
  const peer = new Peer(name, await t.tmp(), key)
  t.teardown(() => peer.close())
  await peer.base.ready()
  return peer
}

function connect(...peers: Peer[]): () => Promise<void> {
  const streams: Duplex[] = []
  for (const [i, a] of peers.entries()) {
    for (const b of peers.slice(i + 1)) {
      const [left, right] = [a, b].map((peer, side) => peer.base.replicate(side === 0) as Duplex)
      for (const stream of [left!, right!]) stream.on('error', () => {}) // parted
      left!.pipe(right!).pipe(left!)
      streams.push(left!, right!)
    }
  }
  return async () => {
    const closed = streams.map(
      (stream) => new Promise<void>((resolve) => stream.once('close', () => resolve()))
    )
    for (const stream of streams) stream.destroy()
    await Promise.all(closed)
  }
}

/** Looks again whenever a view moved, and now and then. */
function until(holds: () => Promise<boolean>, peers: Peer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout>
    const look = async (): Promise<void> => {
      for (const { error } of peers) if (error !== null) throw error as Error
      for (const { base } of peers) await base.update()
      if (await holds()) return resolve()
      timer = setTimeout(() => void look().catch(reject), 30)
    }
    void look().catch((err: unknown) => {
      clearTimeout(timer)
      reject(err as Error)
    })
  })
}

const agreed = (peers: Peer[]): Promise<void> =>
  until(async () => {
    const pictures = await Promise.all(peers.map((peer) => peer.picture()))
    return pictures.every((picture) => picture === pictures[0])
  }, peers)

const INVITE = hexOf('the invite')

/** A founder, two admins, a moderator and a member, who all agree. */
async function found(t: TestContext): Promise<Peer[]> {
  const founder = await start(t, 'founder', null)
  const { base, by } = founder
  const tags = [
    ['relayKey', hex(base.key)],
    ['relayPubkey', person('relay').pubkey],
    ['access', 'closed']
  ]
  const peers = [founder]
  await founder.append(carried(eventBy(by, { kind: 9007, tags })))
  for (const name of ['ada', 'ben', 'cleo', 'dan']) {
    const peer = await start(t, name, base.key)
    peers.push(peer)
    await founder.append(admission(peer, peer.by, peer.writer))
  }
  const roles = ['', 'admin', 'admin', 'moderator']
  for (const [i, role] of roles.entries()) {
    if (role !== '') await founder.append(await founder.taking(9000, peers[i]!.by, role))
  }
  const invite = [
    ['code', INVITE],
    ['uses', '1']
  ]
  await founder.append(carried(eventBy(by, { kind: 9009, tags: invite })))
  const part = connect(...peers)
  await until(async () => peers.every((peer) => peer.base.writable), peers)
  for (const peer of peers) await peer.append(carried(eventBy(peer.by, { kind: 9 })))
  await agreed(peers)
  await part()
  return peers
}

function admission(peer: Peer, by: Person, writer: string, code?: string): RelayRecord {
  const tags = [
    ['relay', hex(peer.base.discoveryKey)],
    provenTag(writer, hex(peer.base.discoveryKey), by)
  ]
  if (code !== undefined) tags.push(['code', code])
  return { type: 'admit', request: eventBy(by, { kind: 9021, tags }) }
}

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
