/**
 * The worker as a whole: the one place where its parts are constructed, opened
 * in order and closed in reverse.
 *
 * What cannot be opened (a configuration that is wrong, a store that is locked)
 * leaves the worker degraded: it answers, says which problem it has, and touches
 * nothing. Emits `status` when what it says of itself changes.
 */
import b4a from 'b4a'
import { join } from 'bare-path'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../protocol/errors.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { coalesce } from './coalesce.ts'
import type { Config } from './config.ts'
import { initializeHyperdrive } from './files/drive.ts'
import type { Drive } from './files/drive.ts'
import { Files } from './files/files.ts'
import { loadOrCreateIdentity } from './identity.ts'
import type { Identity } from './identity.ts'
import type { Log } from './log.ts'
import type { GatedStore } from './network/gated-store.ts'
import { Network } from './network/network.ts'
import { People } from './people.ts'
import type { Group } from './relays/group.ts'
import { Relays } from './relays/relays.ts'
import { WaitingJoins } from './relays/waiting-joins.ts'
import { FileServer } from './serve/file-server.ts'
import { SLOT } from './serve/capability.ts'
import { LocalServer } from './serve/local-server.ts'
import { NostrSocket } from './serve/nostr-socket.ts'
import { checkDrive, openStore } from './storage.ts'
import { openFolder, removeKept } from './storage-folder.ts'
import { problemView } from './views.ts'
import type { LinkBases } from './views.ts'

export interface WorkerOptions {
  /** The storage directory; made when missing. */
  storage: string
  /** `host:port` of DHT nodes; undefined for the public DHT. */
  bootstrap?: string[]
  /** Overrides the configured port of the loopback server; 0 for any free one. */
  localPort?: number
  version: string
  log: Log
}

/** Everything that is there once the worker is ready. */
export interface Parts {
  config: Config
  identity: Identity
  store: GatedStore
  drive: Drive
  network: Network
  relays: Relays
  waiting: WaitingJoins
  files: Files
  people: People
}

/** How often the drive's version is kept in relay-config.json at most, in ms. */
const KEEP_VERSION = 2000

/** How often faces are given new links, in ms: before those to private groups expire. */
const RENEW_LINKS = SLOT * 1000

export class Worker extends ReadyResource {
  readonly options: WorkerOptions
  /** Null until ready, and for good when degraded. */
  parts: Parts | null = null
  /** Our name, as last set by a face. */
  name: string | null = null
  readonly #log: Log
  readonly #problems: HypertunaError[] = []
  readonly #closers: (() => Promise<void>)[] = []
  #local: LocalServer | null = null
  #nostr: NostrSocket | null = null

  constructor(options: WorkerOptions) {
    super()
    this.options = options
    this.#log = options.log
  }

  override async _open(): Promise<void> {
    try {
      await this.#openParts()
    } catch (err) {
      const problem = HypertunaError.from(err, 'STORAGE_FAILED')
      this.#report(problem)
      this.parts = null
      await this.#closeAll()
    }
    this.emit('status')
  }

  override async _close(): Promise<void> {
    const { parts } = this
    if (parts !== null) {
      await parts.config
        .update({ driveVersion: await parts.drive.sync() })
        .catch((err: unknown) => this.#report(HypertunaError.from(err, 'STORAGE_FAILED')))
    }
    this.parts = null
    await this.#closeAll()
  }

  /** The parts, or the problem that keeps them from being there. */
  use(): Parts {
    if (this.parts !== null) return this.parts
    const [problem] = this.#problems
    if (problem !== undefined) throw problem
    throw new HypertunaError('BUSY', 'Hypertuna is starting: try again in a moment')
  }

  status(): Rpc.Status {
    const { parts, options } = this
    const config = parts?.config.get()
    let state: Rpc.WorkerState = this.opened ? 'ready' : 'starting'
    if (this.#problems.length > 0) state = 'degraded'
    return {
      state,
      pubkey: parts?.identity.pubkey ?? '',
      driveKey: parts?.drive.key ?? '',
      version: options.version,
      storage: options.storage,
      localPort: this.#local?.port ?? 0,
      peers: parts?.network.peers ?? 0,
      problems: this.#problems.map(problemView),
      gateways: config?.gateways ?? [],
      name: this.name,
      network: parts?.network.state ?? 'starting',
      quotaBytes: config?.quotaBytes ?? null,
      limits: config?.limits ?? null
    }
  }

  get links(): LinkBases {
    const port = this.#local?.port ?? 0
    const local = port === 0 ? null : `http://127.0.0.1:${port}`
    return {
      local,
      gateways: this.parts?.config.get().gateways ?? [],
      capabilityFor: (relayKey) => this.#local?.capabilityFor(relayKey) ?? ''
    }
  }

  /** Says our name in every relay, now and in those that come. */
  async setName(name: string): Promise<void> {
    const { relays } = this.use()
    this.name = name
    for (const group of relays.groups.values()) await this.#introduce(group)
    this.emit('status')
  }

  async #openParts(): Promise<void> {
    const { storage, bootstrap } = this.options
    const log = this.#log
    const { config, problem } = await openFolder(storage)
    if (problem !== null) this.#report(problem)
    const known = config.get()
    const identity = await loadOrCreateIdentity(storage, known.nostrPubkey)
    const store = await openStore(storage, known)
    this.#closers.push(() => store.close())
    const drive = await initializeHyperdrive(store.session({ circle: 'drive' }), {
      spoolDir: join(storage, 'spool'),
      log,
      expectedVersion: known.driveVersion
    })
    this.#closers.push(() => drive.close())
    const lost = checkDrive(drive, known)
    if (lost !== null) throw lost
    const keyPair = await store.createKeyPair('swarm')
    const network = new Network({ store, keyPair, bootstrap, log })
    this.#closers.push(() => network.close())
    const files: Files = new Files({
      drive,
      respond: (relay) =>
        new FileServer({
          relay,
          drive,
          up: files.bandwidth.up,
          sockets: { carry: (...at) => this.#serving().carry(...at) }
        }),
      choicesPath: join(storage, 'choices.json'),
      config,
      log
    })
    await files.ready()
    const relays = new Relays({
      store,
      config,
      identity,
      network,
      driveKey: drive.key,
      makeFolder: (relayKey) => drive.makeFolder(relayKey),
      removeFolder: (relayKey) => removeKept(relayKey, drive, storage),
      stopServing: (relayKey) => this.#stopServing(relayKey, files),
      log
    })
    this.#closers.push(() => relays.close())
    this.#closers.push(() => files.close()) // before the relays, which its work reads
    const waiting = new WaitingJoins({ path: join(storage, 'waiting-joins.json'), relays, log })
    this.#closers.push(() => waiting.close())
    const people = new People()
    const parts = { config, identity, store, drive, network, relays, waiting, files, people }
    this.parts = parts
    this.#watch(parts)
    await config.update({
      driveKey: drive.key,
      driveVersion: await drive.sync(),
      swarmPublicKey: b4a.toString(keyPair.publicKey, 'hex'),
      nostrPubkey: identity.pubkey
    })
    await this.#openLocalServer(parts)
    await relays.ready()
    await waiting.ready()
  }

  #watch({ relays, network, files, drive, config }: Parts): void {
    relays.on('group', (group) => void this.#take(group as Group, files))
    network.on('peers', () => this.emit('status'))
    drive.on('failure', (err) => this.#report(HypertunaError.from(err, 'STORAGE_FAILED')))
    const keep = coalesce(KEEP_VERSION, () => {
      keepVersion(drive, config).catch((err: unknown) => {
        if (!this.closing) this.#report(HypertunaError.from(err, 'STORAGE_FAILED'))
      })
    })
    drive.on('change', keep)
    this.#closers.push(async () => keep.stop())
  }

  async #take(group: Group, files: Files): Promise<void> {
    try {
      group.relay.on('failure', (err) => this.#report(HypertunaError.from(err)))
      await files.add(group)
      await this.#nostr?.add(group)
      group.on('update', () => void this.#introduce(group))
      await this.#introduce(group)
      this.emit('group', group)
    } catch (err) {
      if (!this.closing) this.#report(HypertunaError.from(err))
    }
  }

  #serving(): NostrSocket {
    if (this.#nostr !== null) return this.#nostr
    throw new HypertunaError('BUSY', 'Hypertuna is starting: try again in a moment')
  }

  async #stopServing(relayKey: string, files: Files): Promise<void> {
    await files.remove(relayKey)
    await this.#nostr?.remove(relayKey)
  }

  async #introduce(group: Group): Promise<void> {
    const { parts, name } = this
    if (parts === null || name === null || this.closing) return
    try {
      await parts.people.introduce(group, parts.identity.pubkey, name)
    } catch (err) {
      this.#log('introduction-failed', { reason: HypertunaError.from(err).message })
    }
  }

  /** Without its port the worker still works: faces then have no media of their own. */
  async #openLocalServer({ config, relays, files, drive }: Parts): Promise<void> {
    const { storage, version } = this.options
    const nostr = new NostrSocket({ indexes: join(storage, 'index'), version, log: this.#log })
    const local = new LocalServer({
      port: this.options.localPort ?? config.get().localPort,
      find: (publicIdentifier) => {
        const group = relays.findByIdentifier(publicIdentifier)
        return group === null ? null : (files.find(group.relay.relayKey)?.records ?? null)
      },
      drive,
      nostr,
      log: this.#log
    })
    this.#nostr = nostr // without a port of its own too: gateways carry clients to it
    try {
      await local.ready()
    } catch (err) {
      this.#closers.push(() => nostr.close())
      return this.#report(HypertunaError.from(err, 'PORT_IN_USE'))
    }
    this.#local = local
    const renewal = setInterval(() => files.linksChanged(), RENEW_LINKS)
    this.#closers.push(async () => clearInterval(renewal))
    this.#closers.push(() => local.close())
    this.#closers.push(() => nostr.close()) // before the server, which waits for its connections
  }

  #report(problem: HypertunaError): void {
    this.#log('problem', { code: problem.code, message: problem.message })
    if (
      this.#problems.some(
        ({ code, message }) => code === problem.code && message === problem.message
      )
    ) {
      return
    }
    this.#problems.push(problem)
    this.emit('status')
  }

  async #closeAll(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close()
      } catch (err) {
        this.#log('close-failed', { reason: HypertunaError.from(err).message })
      }
    }
  }
}

/** Only a version that is safely on the disk is one to insist on after a power cut. */
async function keepVersion(drive: Drive, config: Config): Promise<void> {
  await config.update({ driveVersion: await drive.sync() })
}
