/**
 * Members without a worker, made of protocol code: a real swarm on a local DHT,
 * real keys, cards, lists and proofs; files in memory, and any way of misbehaving.
 */
import EventEmitter from 'bare-events'
import type { Assert } from 'brittle'
import crypto from 'hypercore-crypto'
import createTestnet from 'hyperdht/testnet.js'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import { Gateway } from '../../gateway/gateway.ts'
import type { GatewayConfig } from '../../gateway/config.ts'
import type { GatewayLimits } from '../../gateway/limits.ts'
import type { Log } from '../../gateway/log.ts'
import { proofMessage, type MemberProof } from '../../protocol/card.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import {
  FileChannel,
  VERSION,
  type Asker,
  type FileHead,
  type FileResponder
} from '../../protocol/file-channel/channel.ts'
import { fileTags, type FileRecord } from '../../protocol/file-event.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import {
  generateSecretKey,
  getPublicKey,
  signEvent,
  signMessage,
  type NostrEvent
} from '../../protocol/nostr.ts'
import { FileHasher } from '../../protocol/pieces.ts'
import { relayTopic } from '../../protocol/topic.ts'

export interface Person {
  secretKey: Uint8Array
  pubkey: string
}

export interface TestFile {
  bytes: Uint8Array
  hash: string
  layer: Uint8Array
  event: NostrEvent
}

/** A gateway's, as nobody has set anything. */
export const CONFIG: GatewayConfig = {
  host: '127.0.0.1',
  port: 0,
  storage: null,
  bootstrap: null,
  tls: null,
  relays: null,
  rules: null,
  cacheSize: null,
  trustProxy: null,
  rate: null,
  perAddress: null,
  connections: 1024,
  drain: 0,
  metrics: 'local'
}

let clock = Math.floor(Date.now() / 1000) - 100_000

export function person(): Person {
  const secretKey = generateSecretKey()
  return { secretKey, pubkey: getPublicKey(secretKey) }
}

/** `host:port` of the nodes of a DHT that ends with the test. */
export async function localDht(t: Assert): Promise<string[]> {
  const testnet = await createTestnet(5)
  t.teardown(() => testnet.destroy(), { order: 100 })
  return testnet.bootstrap.map(({ host, port }) => `${host}:${port}`)
}

/** A gateway in this process, quick to lose patience unless told otherwise. */
export async function startGateway(
  t: Assert,
  bootstrap: string[],
  options: {
    config?: Partial<GatewayConfig>
    limits?: Partial<GatewayLimits>
    log?: Log
  } = {}
): Promise<Gateway> {
  const config = { ...CONFIG, storage: await t.tmp(), bootstrap, ...options.config }
  const limits = {
    stall: 1000,
    lookAgain: 300,
    lookEvery: 300,
    missing: 0,
    fresh: 0,
    ...options.limits
  }
  const gateway = new Gateway(config, { limits, log: options.log ?? ((): void => {}) })
  t.teardown(() => gateway.close(), { order: 1 })
  await gateway.ready()
  return gateway
}

/** A relay as far as outsiders see one: its creator, its key, its card, its list of members. */
export class TestRelay {
  readonly creator = person()
  readonly key = person()
  readonly alias: string
  readonly publicIdentifier: string
  readonly topic: Uint8Array
  readonly card: NostrEvent

  /** @param tags - further ones of its card */
  constructor(alias = 'holidays', tags: string[][] = []) {
    this.alias = alias
    this.publicIdentifier = formatPublicIdentifier(this.creator.pubkey, alias)
    this.topic = relayTopic(this.publicIdentifier)
    this.card = sign(this.creator, 9007, [
      ['h', alias],
      ['relayKey', hex(crypto.randomBytes(32))],
      ['relayPubkey', this.key.pubkey],
      ...tags
    ])
  }

  /** A 39002, newer than all before. */
  list(members: Person[]): NostrEvent {
    const people = [this.creator, ...members].map(({ pubkey }) => ['p', pubkey])
    return sign(this.key, 39002, [['d', this.alias], ...people])
  }

  /** A file published by `author`; `change` bends its record. */
  file(
    author: Person,
    bytes: Uint8Array,
    change: Partial<FileRecord> = {},
    alias = this.alias
  ): TestFile {
    const hasher = new FileHasher()
    hasher.update(bytes)
    const { hash, size, piecesRoot, layer } = hasher.digest()
    const record: FileRecord = {
      hash,
      url: `hypertuna://${this.publicIdentifier}/${hash}`,
      mime: 'text/plain',
      size,
      name: 'notes.txt',
      path: null,
      piecesRoot,
      ...change
    }
    const driveKey = '1'.repeat(64)
    const event = sign(author, 1063, fileTags([record], { alias, driveKey, kind: 1063 }))
    return { bytes, hash, layer, event }
  }
}

/** What a member does other than an honest one. */
export interface Misbehaviour {
  head?: (hash: string) => Promise<FileHead>
  /** Bends each chunk before it leaves; `at` is its offset in the file. */
  chunk?: (bytes: Uint8Array, at: number, member: TestMember) => Promise<Uint8Array>
  layer?: (layer: Uint8Array) => Uint8Array
  proof?: (proof: MemberProof) => MemberProof
  /** Speaks with clients that the gateway carries. */
  socket?: NonNullable<FileResponder['socket']>
  put?: NonNullable<FileResponder['put']>
  remove?: NonNullable<FileResponder['remove']>
  /** Called for whatever is asked; throws for what is not to be had. */
  admit?: (asker: Asker) => void
}

/**
 * A member that is online. Emits `served` (offset, length) when it begins to
 * serve a range and `ended` (bytes) when that ends in whatever way.
 */
export class TestMember extends EventEmitter {
  readonly person: Person
  readonly relay: TestRelay
  readonly files = new Map<string, TestFile>()
  readonly connections = new Set<Hyperswarm.Connection>()
  readonly ranges: { offset: number; length: number }[] = []
  list: NostrEvent
  misbehaviour: Misbehaviour = {}
  #swarm: Hyperswarm
  #channels = new Set<FileChannel>()

  constructor(options: {
    relay: TestRelay
    person: Person
    list: NostrEvent
    bootstrap: string[]
    files?: TestFile[]
  }) {
    super()
    this.relay = options.relay
    this.person = options.person
    this.list = options.list
    this.#swarm = new Hyperswarm({ bootstrap: options.bootstrap })
    this.#swarm.on('connection', (connection) => this.#connected(connection))
    for (const file of options.files ?? []) this.files.set(file.hash, file)
  }

  async online(): Promise<void> {
    await this.#swarm.join(this.relay.topic, { server: true, client: false }).flushed()
  }

  async close(): Promise<void> {
    await this.#swarm.destroy()
  }

  /** As if its computer had gone: every connection ends without a word. */
  vanish(): void {
    for (const connection of this.connections) connection.destroy()
    void this.close()
  }

  #connected(connection: Hyperswarm.Connection): void {
    connection.on('error', () => {})
    connection.on('close', () => this.connections.delete(connection))
    this.connections.add(connection)
    const mux = Protomux.from(connection)
    FileChannel.accept(mux, this.relay.topic, () => {
      const channel = new FileChannel(mux, {
        topic: this.relay.topic,
        handshake: { version: VERSION, role: 'member', proof: this.#prove(connection) },
        checkPeer: () => ({ role: 'gateway', pubkey: null, driveKey: null, members: null }),
        respond: this.#responder()
      })
      this.#channels.add(channel)
      void channel.closed.then(() => this.#channels.delete(channel))
      channel.open()
    })
  }

  #prove(connection: Hyperswarm.Connection): MemberProof {
    const { handshakeHash, publicKey: noiseKey } = connection
    const driveKey = hex(crypto.hash(Buffer.from(this.person.pubkey)))
    const message = proofMessage(this.relay.topic, { handshakeHash, noiseKey, driveKey })
    const proof = {
      pubkey: this.person.pubkey,
      driveKey,
      card: this.relay.card,
      members: this.list,
      signature: signMessage(message, this.person.secretKey)
    }
    return this.misbehaviour.proof?.(proof) ?? proof
  }

  #responder(): FileResponder {
    return {
      head: async (asker, hash) => {
        this.misbehaviour.admit?.(asker)
        if (this.misbehaviour.head !== undefined) return await this.misbehaviour.head(hash)
        const { bytes, event } = this.#file(hash)
        return { status: 'ok', size: bytes.byteLength, mime: null, name: null, event }
      },
      read: (asker, hash, offset, length) => {
        this.misbehaviour.admit?.(asker)
        return this.#read(hash, offset, length)
      },
      layer: async (asker, hash) => {
        this.misbehaviour.admit?.(asker)
        const { layer } = await Promise.resolve(this.#file(hash))
        return this.misbehaviour.layer?.(layer) ?? layer
      },
      socket: this.misbehaviour.socket,
      put: this.misbehaviour.put,
      remove: this.misbehaviour.remove
    }
  }

  async *#read(hash: string, offset: number, length: number): AsyncGenerator<Uint8Array> {
    const { bytes } = this.#file(hash)
    this.ranges.push({ offset, length })
    this.emit('served', offset, length)
    let at = offset
    try {
      while (at < offset + length) {
        const chunk = bytes.subarray(at, Math.min(at + 65536, offset + length))
        if (chunk.byteLength === 0) throw new HypertunaError('STORAGE_FAILED', 'There is no more')
        yield (await this.misbehaviour.chunk?.(chunk, at, this)) ?? chunk
        at += chunk.byteLength
      }
    } finally {
      this.emit('ended', at - offset)
    }
  }

  #file(hash: string): TestFile {
    const file = this.files.get(hash)
    if (file === undefined) throw new HypertunaError('NOT_IN_RELAY', 'There is no such file here')
    return file
  }
}

/** A member of `relay` that is online until the test ends. */
export async function startMember(
  t: Assert,
  options: ConstructorParameters<typeof TestMember>[0] & { misbehaviour?: Misbehaviour }
): Promise<TestMember> {
  const member = new TestMember(options)
  if (options.misbehaviour !== undefined) member.misbehaviour = options.misbehaviour
  t.teardown(() => member.close(), { order: 2 })
  await member.online()
  return member
}

/** Bytes that differ in every piece, the same for the same seed. */
export function makeBytes(size: number, seed = 1): Uint8Array {
  const bytes = Buffer.alloc(size)
  let state = seed >>> 0 || 1
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export function sign(who: Person, kind: number, tags: string[][]): NostrEvent {
  return signEvent({ kind, created_at: ++clock, tags, content: '' }, who.secretKey)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
