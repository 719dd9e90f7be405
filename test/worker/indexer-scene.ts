/**
 * Peers with nothing but a writer and a view of two cores, joined by streams in this
 * process: what indexers do, without a group around them.
 */
import b4a from 'b4a'
import Autobase from 'autobase'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'
import type { Duplex } from 'streamx'

import '../../worker/relays/guard-acks.ts'
import '../../worker/relays/guard-fork.ts'
import { doIndexers, judgeIndexers, settleIndexers } from '../../worker/relays/indexer-effects.ts'
import type { Seat } from '../../worker/relays/indexer-effects.ts'
import type { IndexerRecord } from '../../worker/relays/indexer-record.ts'
import { readIndexers } from '../../worker/relays/indexers.ts'
import type { IndexerFacts } from '../../worker/relays/indexers.ts'
import { deviceKey, memberKey, writerKey } from '../../worker/relays/keys.ts'
import { StateBatch } from '../../worker/relays/state-batch.ts'
import { readMember, readWriterFacts } from '../../worker/relays/state.ts'
import type { TestContext } from './member.ts'

export type Value =
  | { say: string }
  /** A pubkey with its device; the lower the rank the more senior, -1 for a member. */
  | { put: { pubkey: string; writer: string; rank: number } }
  | { indexers: IndexerRecord }

interface View {
  log: Hypercore
  state: Hyperbee<string, unknown>
}

export interface PeerOptions {
  dir?: string
  /** Where a late reader looks for what others have signed. */
  systemKey?: Uint8Array
  encryptionKey?: Uint8Array
  /** How long a signer waits before it answers, at least, in ms. */
  ackInterval?: number
}

/** What every peer must have alike. */
export interface Picture {
  system: string
  log: string
  state: string
  lengths: number[]
}

const hex = (key: Uint8Array): string => b4a.toString(key, 'hex')
/** Stands for the pubkey of whoever has this name. */
export const pubkeyOf = (name: string): string => hex(b4a.alloc(32, name))

export class Peer {
  readonly base: Autobase<View, Value>
  readonly store: Corestore
  /** Nodes that this process replayed. */
  applied = 0
  fastForwards = 0
  /** Counts of indexers that this peer has ever been told of. */
  readonly counts = new Set<number>()
  error: unknown = null
  readonly name: string
  /** Streams inside one process keep nothing running. */
  readonly #alive = setInterval(() => {}, 10_000)

  constructor(
    name: string,
    dir: string,
    key: Uint8Array | null,
    { systemKey, encryptionKey, ackInterval = 100 }: PeerOptions = {}
  ) {
    this.name = name
    this.store = new Corestore(dir)
    this.base = new Autobase<View, Value>(this.store.namespace('relay'), key, {
      valueEncoding: 'json',
      ackInterval,
      fastForward: systemKey === undefined ? true : { key: systemKey },
      encryptionKey,
      open: (views) => ({
        log: views.get('log'),
        state: new Hyperbee<string, unknown>(views.get('state'), {
          extension: false,
          keyEncoding: 'utf-8',
          valueEncoding: 'json'
        })
      }),
      apply: (nodes, view, host) => this.#apply(nodes, view, host),
      close: (view) => view.state.close()
    })
    this.base.on('fast-forward', () => this.fastForwards++)
    this.base.on('error', (err: unknown) => (this.error = err))
  }

  get writer(): string {
    return hex(this.base.local.key)
  }

  get pubkey(): string {
    return pubkeyOf(this.name)
  }

  get systemKey(): string {
    return hex(this.base.core.key)
  }

  facts(): Promise<IndexerFacts> {
    return readIndexers(this.base.view.state, hex(this.base.key))
  }

  /** The names of who signs, as far as Autobase has come. */
  async signers(): Promise<string[]> {
    const { indexers } = await this.base.system.getIndexedInfo(this.base.indexedLength)
    return indexers.map(({ key }) => hex(key)).sort()
  }

  say(...words: string[]): Promise<unknown> {
    return this.base.append(words.map((say) => ({ say })))
  }

  put(peer: Peer, rank: number): Promise<unknown> {
    return this.base.append({ put: { pubkey: peer.pubkey, writer: peer.writer, rank } })
  }

  /** What everybody said, in the order that all agree on. */
  async heard(): Promise<string[]> {
    const { log } = this.base.view
    const blocks = await Promise.all(Array.from({ length: log.length }, (_, i) => log.get(i)))
    return blocks.map((block) => b4a.toString(block))
  }

  async picture(): Promise<Picture> {
    const { log, state } = this.base.view
    const { core } = this.base
    return {
      system: hex(core.key),
      log: hex(await log.treeHash()),
      state: hex(await (state as unknown as { core: Hypercore }).core.treeHash()),
      lengths: [core.length, log.length]
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#alive)
    await this.base.close()
    await this.store.close()
  }

  async #apply(
    nodes: Autobase.ApplyNode<Value>[],
    view: View,
    host: Autobase.HostCalls
  ): Promise<void> {
    const batch = new StateBatch(view.state)
    const relayKey = hex(host.key)
    const said: Uint8Array[] = []
    for (const { value, from } of nodes) {
      this.applied++
      const seat: Seat = { batch, host, carrier: { writer: hex(from.key), relayKey } }
      if ('say' in value) said.push(b4a.from(value.say))
      else if ('put' in value) await enter(value.put, seat)
      else await indexerRecord(value.indexers, seat)
      await announced(seat)
      this.counts.add(host.system.indexers.length)
    }
    if (said.length > 0) await view.log.append(said)
    await batch.flush()
  }
}

async function enter(
  { pubkey, writer, rank }: { pubkey: string; writer: string; rank: number },
  seat: Seat
): Promise<void> {
  const { batch, host } = seat
  await batch.put(memberKey(pubkey), { role: rank < 0 ? 'member' : 'admin', rank, since: 0 })
  if ((await readWriterFacts(batch, writer)) === null) {
    const fresh = { pubkey, drive: null, cut: null, acts: null, out: false }
    await batch.put(writerKey(writer), fresh)
    await batch.put(deviceKey(pubkey, writer), 1)
    if (writer !== hex(host.key)) await host.addWriter(b4a.from(writer, 'hex'), { indexer: false })
  }
  await settleIndexers(seat)
}

/** A device counts from its first node on. */
async function announced(seat: Seat): Promise<void> {
  const { batch, carrier } = seat
  const facts = await readWriterFacts(batch, carrier.writer)
  if (facts === null || facts.drive !== null) return
  await batch.put(writerKey(carrier.writer), { ...facts, drive: 'some' })
  await settleIndexers(seat)
}

async function indexerRecord(record: IndexerRecord, seat: Seat): Promise<void> {
  const { batch, carrier } = seat
  const by = (await readWriterFacts(batch, carrier.writer))?.pubkey ?? ''
  const role = (await readMember(batch, by))?.role ?? 'none'
  const rejection = await judgeIndexers(
    record,
    { by, member: { role }, mayAct: true, carrier },
    batch
  )
  if (rejection === null) await doIndexers(record, seat)
}

export async function startPeer(
  t: TestContext,
  name: string,
  key: Uint8Array | null,
  options: PeerOptions = {}
): Promise<Peer> {
  const peer = new Peer(name, options.dir ?? (await t.tmp()), key, options)
  t.teardown(() => peer.close())
  await peer.base.ready()
  return peer
}

/** Joins each with each. @returns what parts them again */
export function connect(...peers: Peer[]): () => Promise<void> {
  const streams: Duplex[] = []
  for (const [i, a] of peers.entries()) {
    for (const b of peers.slice(i + 1)) {
      const [left, right] = [replicate(a, true), replicate(b, false)]
      left.pipe(right).pipe(left)
      streams.push(left, right)
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

function replicate(peer: Peer, initiator: boolean): Duplex {
  const stream = peer.base.replicate(initiator) as Duplex
  stream.on('error', () => {}) // parted
  return stream
}

/**
 * Resolves once it holds; looks again whenever a view of these moved. That it was
 * signed has no event of its own: therefore also now and then.
 */
export function until(holds: () => boolean | Promise<boolean>, ...peers: Peer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = false
    let looking = false
    let again = false
    const undo: (() => void)[] = []
    const look = (): void => {
      again = true
      if (done || looking) return
      looking = true
      void (async () => {
        while (again && !done) {
          again = false
          if (await seen(holds)) done = true
        }
        looking = false
        if (!done) return
        for (const off of undo) off()
        resolve()
      })().catch(reject)
    }
    for (const { base } of peers) {
      for (const event of ['update', 'reboot', 'fast-forward', 'writable', 'error']) {
        base.on(event, look)
        undo.push(() => base.off(event, look))
      }
    }
    const timer = setInterval(look, 100)
    undo.push(() => clearInterval(timer))
    look()
  })
}

/** While Autobase exchanges its cores, what is looked at may be closed: that is not yet. */
async function seen(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await holds()
  } catch (err) {
    if ((err as { code?: string }).code === 'SESSION_CLOSED') return false
    throw err
  }
}

/** Waits until all of these have the same view, to the last block. */
export async function agreed(...peers: Peer[]): Promise<void> {
  await until(
    async () => {
      for (const { error } of peers) if (error !== null) throw error as Error
      const pictures = await Promise.all(peers.map((peer) => peer.picture()))
      return pictures.every((picture) => JSON.stringify(picture) === JSON.stringify(pictures[0]))
    },
    ...peers
  )
}
