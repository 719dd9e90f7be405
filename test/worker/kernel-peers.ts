/** Members' devices on real Autobases, without a network: joined and parted as a test wishes. */
import b4a from 'b4a'
import Autobase from 'autobase'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'
import type { KeyPair } from 'hypercore-crypto'
import type { Duplex } from 'streamx'

import '../../worker/relays/guard-acks.ts'
import '../../worker/relays/guard-conflict.ts'
import '../../worker/relays/guard-dag.ts'
import '../../worker/relays/guard-fork.ts'
import '../../worker/relays/guard-merge.ts'
import { Astray } from '../../worker/relays/astray.ts'
import { applyNodes } from '../../worker/relays/apply.ts'
import type { View } from '../../worker/relays/apply.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { Cut, RelayRecord } from '../../worker/relays/records.ts'
import { RULES } from '../../worker/relays/rules.ts'
import { readDevices } from '../../worker/relays/state.ts'
import { carried, eventBy, freshWriter, hexOf, person, provenTag } from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'
import type { TestContext } from './member.ts'

export const hex = (key: Uint8Array): string => b4a.toString(key, 'hex')

/** How long a view rests before it is compared with what was signed, in ms. */
const REST = 300

export class Peer {
  readonly by: Person
  readonly store: Corestore
  readonly base: Autobase<View>
  error: unknown = null
  /** The newest rules that its build knows. */
  knows = RULES
  readonly #alive = setInterval(() => {}, 10_000)

  readonly keyPair: KeyPair
  #astray: Astray | null = null

  constructor(name: string, dir: string, key: Uint8Array | null, keyPair = freshWriter()) {
    this.keyPair = keyPair
    this.by = person(name)
    this.store = new Corestore(dir)
    this.base = new Autobase<View>(this.store.namespace('relay'), key, {
      valueEncoding: 'binary',
      ackInterval: 100,
      keyPair,
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
      apply: (nodes, view, host) =>
        applyNodes(nodes, view, host, { from() {}, touched() {} }, this.knows),
      close: (view) => view.state.close()
    })
    this.base.on('error', (err: unknown) => (this.error = err))
  }

  /** From now on it takes over what was signed, when it sees something else. */
  mends(): void {
    const { base } = this
    const astray = (this.#astray = new Astray(base, () => {}, REST))
    base.on('update', () => astray.soon())
    astray.soon()
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
    await this.#astray?.stop()
    await this.base.close()
    await this.store.close()
  }
}

export async function start(
  t: TestContext,
  name: string,
  key: Uint8Array | null,
  keyPair?: KeyPair
): Promise<Peer> {
  const peer = new Peer(name, await t.tmp(), key, keyPair)
  t.teardown(() => peer.close())
  await peer.base.ready()
  return peer
}

export function connect(...peers: Peer[]): () => Promise<void> {
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
export function until(holds: () => Promise<boolean>, peers: Peer[]): Promise<void> {
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

export const agreed = (peers: Peer[]): Promise<void> =>
  until(async () => {
    const pictures = await Promise.all(peers.map((peer) => peer.picture()))
    return pictures.every((picture) => picture === pictures[0])
  }, peers)

export const INVITE = hexOf('the invite')

/** A founder, two admins, a moderator and a member, who all agree. */
export async function found(t: TestContext): Promise<Peer[]> {
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

export function admission(peer: Peer, by: Person, writer: string, code?: string): RelayRecord {
  const tags = [
    ['relay', hex(peer.base.discoveryKey)],
    provenTag(writer, hex(peer.base.discoveryKey), by)
  ]
  if (code !== undefined) tags.push(['code', code])
  return { type: 'admit', request: eventBy(by, { kind: 9021, tags }) }
}
