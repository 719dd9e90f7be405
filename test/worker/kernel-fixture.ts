/** The kernel alone: `applyNodes` over real cores, with a host that only takes notes. */
import b4a from 'b4a'
import type Autobase from 'autobase'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import crypto from 'hypercore-crypto'
import type { KeyPair } from 'hypercore-crypto'
import sodium from 'sodium-universal'

import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { applyNodes } from '../../worker/relays/apply.ts'
import type { View } from '../../worker/relays/apply.ts'
import { KIND } from '../../worker/relays/kinds.ts'
import { judge } from '../../worker/relays/policy.ts'
import type { Carrier, Rejection } from '../../worker/relays/policy.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { RULES } from '../../worker/relays/rules.ts'
import type { Access } from '../../worker/relays/state.ts'
import { proveWriter, writerKeyOf, writerTag } from '../../worker/relays/writer-proof.ts'
import type { TestContext } from './member.ts'

export const ALIAS = 'field-notes'

const hashed = (text: string): Uint8Array => {
  const out = b4a.alloc(32)
  sodium.crypto_generichash(out, b4a.from(text))
  return out
}

export const hexOf = (text: string): string => b4a.toString(hashed(text), 'hex')

const keyPairs = new Map<string, KeyPair>()

/** A writer's core that is the same for the same name; its key. */
export function writerNamed(name: string): string {
  const keyPair = crypto.keyPair(hashed(`writer:${name}`))
  const writer = writerKeyOf(keyPair.publicKey)
  keyPairs.set(writer, keyPair)
  return writer
}

/** A fresh writer's key pair, that can be proven. */
export function freshWriter(): KeyPair {
  const keyPair = crypto.keyPair()
  keyPairs.set(writerKeyOf(keyPair.publicKey), keyPair)
  return keyPair
}

/** What a join request says of a writer that was named before. */
export function provenTag(writer: string, discoveryKey: string, { pubkey }: Person): string[] {
  return writerTag(writer, proveWriter(keyPairs.get(writer)!, { discoveryKey, pubkey }))
}

/** Somebody with a key pair that is the same for the same name. */
export interface Person {
  name: string
  secretKey: Uint8Array
  pubkey: string
}

export function person(name: string): Person {
  const secretKey = hashed(`person:${name}`)
  return { name, secretKey, pubkey: getPublicKey(secretKey) }
}

export interface Wish {
  kind: number
  tags?: string[][]
  content?: string
  at?: number
  /** Null for an event of no group. */
  h?: string | null
}

let count = 0

/** An event that is unlike all others. */
export function eventBy(by: Person, wish: Wish): NostrEvent {
  const { kind, tags = [], content = `words ${count++}`, at = 1_700_000_000 + count, h } = wish
  const all = h === null ? tags : [['h', h ?? ALIAS], ...tags]
  return signEvent({ kind, created_at: at, tags: all, content }, by.secretKey)
}

export const carried = (event: NostrEvent): RelayRecord => ({ type: 'event', event })

export async function openStore(t: TestContext): Promise<Corestore> {
  const store = new Corestore(await t.tmp())
  await store.ready()
  t.teardown(() => store.close())
  return store
}

export class Kernel {
  readonly founder: Person
  readonly relay: Person
  readonly relayKey: string
  readonly discoveryKey: string
  readonly view: View
  /** Writers that Autobase would take nodes of. */
  readonly host: Set<string>
  /** The newest rules that this build knows. */
  knows = RULES
  /** How many nodes each writer has. */
  readonly lengths = new Map<string, number>()
  /** With which manifests writers' cores were opened to be seated. */
  readonly opened: unknown[] = []
  readonly #indexers: { key: Uint8Array; length: number }[]

  private constructor(founder: Person, relay: Person, relayKey: string, view: View) {
    this.founder = founder
    this.relay = relay
    this.relayKey = relayKey
    this.discoveryKey = b4a.toString(crypto.discoveryKey(b4a.from(relayKey, 'hex')), 'hex')
    this.view = view
    this.host = new Set([relayKey])
    this.#indexers = [{ key: b4a.from(relayKey, 'hex'), length: 1 }]
  }

  /** A relay with its card and nothing else. @param name of its cores, not used before */
  static async found(
    store: Corestore,
    name: string,
    access: Access = 'closed',
    { card, rules = 1 }: { card?: NostrEvent; rules?: number } = {}
  ): Promise<Kernel> {
    const [founder, relay] = [person('founder'), person('relay')]
    const relayKey = hexOf('the relay')
    const log = store.get({ name: `${name}-log` })
    const core = store.get({ name: `${name}-state` })
    await Promise.all([log.ready(), core.ready()])
    const options = { extension: false, keyEncoding: 'utf-8', valueEncoding: 'json' } as const
    const state = new Hyperbee<string, unknown>(core, options)
    await state.ready()
    const kernel = new Kernel(founder, relay, relayKey, { log, state })
    const named = rules === 1 ? [] : [['rules', String(rules)]]
    await kernel.feed(relayKey, [carried(card ?? kernel.card(relay, access, 1, named))])
    return kernel
  }

  card(relay: Person, access: Access, at: number, tags: string[][] = []): NostrEvent {
    const names = [
      ['relayKey', this.relayKey],
      ['relayPubkey', relay.pubkey],
      ['access', access]
    ]
    return eventBy(this.founder, { kind: KIND.createGroup, at, tags: [...names, ...tags] })
  }

  /** Writers whose signatures of the view count. */
  get indexers(): string[] {
    return this.#indexers.map(({ key }) => b4a.toString(key, 'hex'))
  }

  get state(): View['state'] {
    return this.view.state
  }

  /** The writer as the node that it writes next. */
  carrierOf(writer: string, ahead = 1): Carrier {
    const length = (this.lengths.get(writer) ?? 0) + ahead
    const { relayKey, discoveryKey } = this
    return { writer, length, founding: writer === relayKey, relayKey, discoveryKey }
  }

  judge(writer: string, record: RelayRecord): Promise<Rejection | null> {
    return judge(record, this.carrierOf(writer), this.state)
  }

  /** One batch of a writer's nodes. */
  async feed(writer: string, records: (RelayRecord | Uint8Array)[]): Promise<void> {
    const key = b4a.from(writer, 'hex')
    let length = this.lengths.get(writer) ?? 0
    const nodes = records.map((record) => ({
      value: b4a.isBuffer(record) ? record : encodeRecord(record as RelayRecord),
      from: { key } as never,
      length: ++length,
      indexed: false,
      optimistic: false
    }))
    this.lengths.set(writer, length)
    const replay = { from() {}, touched() {} }
    const all = nodes as Autobase.ApplyNode<Uint8Array>[]
    await applyNodes(all, this.view, this.#host(), replay, this.knows)
  }

  /** A writer's core as Autobase opens it; nobody has a block of it. */
  core({ manifest = null }: { manifest?: unknown }): unknown {
    const get = (_: number, { timeout = 0 } = {}): Promise<never> => {
      if (timeout === 0) return new Promise(() => {}) // waits for a peer for ever
      const late = Object.assign(new Error('late'), { code: 'REQUEST_TIMEOUT' })
      return Promise.reject(late)
    }
    this.opened.push(manifest)
    return { manifest, get, ready() {}, close() {} }
  }

  #host(): Autobase.HostCalls {
    const indexers = this.#indexers
    const idOf = (key: Uint8Array): string => b4a.toString(key, 'hex')
    const removeable = (key: Uint8Array): boolean =>
      indexers.length !== 1 || !b4a.equals(indexers[0]!.key, key)
    const host = {
      key: b4a.from(this.relayKey, 'hex'),
      discoveryKey: b4a.from(this.discoveryKey, 'hex'),
      system: { indexers, core: { key: b4a.alloc(32) } },
      base: { store: { get: (options: { manifest?: unknown }) => this.core(options) } },
      removeable,
      addWriter: async (key: Uint8Array, { indexer = true } = {}) => {
        this.host.add(idOf(key))
        const at = indexers.findIndex((other) => b4a.equals(other.key, key))
        if (indexer && at < 0) indexers.push({ key, length: 1 })
        if (!indexer && at >= 0) indexers.splice(at, 1)
        if (indexers.length === 0) throw new Error('no indexer left')
      },
      removeWriter: async (key: Uint8Array) => {
        if (!removeable(key)) throw new Error('Not allowed to remove the last indexer')
        this.host.delete(idOf(key))
        const at = indexers.findIndex((other) => b4a.equals(other.key, key))
        if (at >= 0) indexers.splice(at, 1)
      },
      ackWriter: async () => {},
      fork: async () => false,
      interrupt(reason: string) {
        throw new Error(reason)
      }
    }
    return host as unknown as Autobase.HostCalls
  }

  /** The log as it lies there, retracted or not. */
  async log(): Promise<NostrEvent[]> {
    const events: NostrEvent[] = []
    for (let i = 0; i < this.view.log.length; i++) {
      events.push(JSON.parse(b4a.toString((await this.view.log.get(i))!)) as NostrEvent)
    }
    return events
  }

  /** All of the state. */
  async entries(): Promise<Map<string, unknown>> {
    const entries = new Map<string, unknown>()
    for await (const { key, value } of this.state.createReadStream()) entries.set(key, value)
    return entries
  }

  /** The join request of a writer, as an admin carries it. */
  admission(by: Person, writer: string, tags: string[][] = []): RelayRecord {
    const named = provenTag(writer, this.discoveryKey, by)
    const names = [['relay', this.discoveryKey], named, ...tags]
    return { type: 'admit', request: eventBy(by, { kind: KIND.joinRequest, tags: names }) }
  }

  /** What shows by NIP-42 that somebody spoke to this relay. */
  presence(by: Person, at: number, address = this.address): NostrEvent {
    const tags = [
      ['relay', address],
      ['challenge', 'c']
    ]
    return eventBy(by, { kind: 22242, h: null, at, tags })
  }

  /** A join request beside which lies what shows that it was made here. */
  asking(by: Person): RelayRecord {
    const event = eventBy(by, { kind: KIND.joinRequest })
    return { type: 'event', event, proof: this.presence(by, event.created_at) }
  }

  get address(): string {
    return `ws://127.0.0.1:1945/${formatPublicIdentifier(this.founder.pubkey, ALIAS)}`
  }

  /** Somebody with one writer, admitted by the founder; with a role when it is no plain member. */
  async join(by: Person, role?: 'admin' | 'moderator'): Promise<string> {
    const writer = writerNamed(`writer of ${by.name}`)
    await this.feed(this.relayKey, [this.admission(by, writer)])
    if (role !== undefined) {
      const tags = [['p', by.pubkey, role]]
      await this.feed(this.relayKey, [carried(eventBy(this.founder, { kind: 9000, tags }))])
    }
    return writer
  }
}
