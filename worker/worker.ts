/**
 * The worker as a whole: has its parts made, opens them in order and closes them in reverse.
 *
 * What cannot be opened (a configuration that is wrong, a store that is locked)
 * leaves the worker degraded: it answers, says which problem it has, and touches
 * nothing. It tries again from time to time, and opens its parts anew when the storage
 * is mended. Emits `status` when what it says of itself changes, `reopening` before its
 * parts are closed for that, and `reopened` once there are new ones.
 */
import b4a from 'b4a'
import ReadyResource from 'ready-resource'

import { HypertunaError, startingError } from '../protocol/errors.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { Afterwards } from './afterwards.ts'
import { Closers } from './closers.ts'
import type { Config } from './config.ts'
import type { Drive } from './files/drive.ts'
import type { Files } from './files/files.ts'
import { followVersion, keepVersion } from './drive-version.ts'
import { keepAtBlindPeers } from './keep-at-blind-peers.ts'
import { LocalServices } from './local-services.ts'
import type { Log } from './log.ts'
import { makeParts } from './make-parts.ts'
import { Mender } from './mender.ts'
import { OwnKey } from './own-key/own-key.ts'
import type { Parts, WorkerOptions } from './parts.ts'
import { isStorage, Problems } from './problems.ts'
import type { Group } from './relays/group.ts'
import { OlderCopy } from './older-copy.ts'
import type { NostrSocket } from './serve/nostr-socket.ts'
import { statusView } from './status-view.ts'
import type { LinkBases } from './views.ts'

export type { Parts, WorkerOptions } from './parts.ts'

export class Worker extends ReadyResource {
  readonly options: WorkerOptions
  /** Null until ready, and while what was opened does not work. */
  parts: Parts | null = null
  /** Our name, as last set by a face. */
  name: string | null = null
  /** Our Nostr key, which may be locked. */
  readonly key: OwnKey
  readonly #log: Log
  readonly #problems = new Problems((told) => {
    if (told !== null) this.#log('problem', { code: told.code, message: told.message })
    this.emit('status')
  })
  readonly #mender: Mender
  readonly #closers: Closers
  #services: LocalServices | null = null
  /** Groups that are being taken while all is opened anew; null when it is not. */
  #taken: Promise<void>[] | null = null
  /** Where the loopback server was, so that it is there again. */
  #port = 0
  /** Whether all parts were open once: from then on the storage is made by nobody. */
  #wasOpen = false
  /** Parts are opened anew one time after the other. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: WorkerOptions) {
    super()
    this.options = options
    this.#log = options.log
    this.#closers = new Closers(options.log)
    this.key = new OwnKey(options.storage)
    // Not before: until then it says that it is starting, and nothing else may come to be said.
    this.once('ready', () => this.emit('status'))
    this.#mender = new Mender({
      storage: options.storage,
      reopen: () => this.reopen(),
      onfailure: (problem) => this.#report(problem),
      onspace: (problem) => this.#problems.space(problem),
      log: options.log,
      ...options.mending
    })
  }

  override async _open(): Promise<void> {
    await this.#openOrSay().catch(() => {
      if (!this.key.locked) this.#mender.begin()
    })
  }

  override async _close(): Promise<void> {
    this.key.close()
    await this.#mender.close()
    await this.#turn
    await this.#closeParts()
  }

  async #closeParts(): Promise<void> {
    const { parts } = this
    if (parts !== null && parts.drive.failure === null) {
      try {
        await keepVersion(parts.drive, parts.config)
      } catch (err) {
        this.#log('version-not-kept', { reason: HypertunaError.from(err).message })
      }
    }
    this.parts = null
    await this.#closers.closeAll()
  }

  /** @throws what keeps the parts from being opened, which the status says too */
  async #openOrSay(): Promise<void> {
    const afterwards = new Afterwards()
    try {
      await this.#openParts(afterwards)
      this.#wasOpen = true
      await this.#mender.watch()
    } catch (err) {
      const problem = HypertunaError.from(err, 'STORAGE_FAILED')
      this.parts = null
      if (!this.key.locked) this.#problems.report(problem)
      await this.#closers.closeAll()
      throw problem
    } finally {
      afterwards.begin()
    }
  }

  /**
   * Closes all parts and opens them again: after a storage that failed, as the store takes
   * no write any more, and when the key is another.
   * @throws what keeps them from being open
   */
  reopen(): Promise<void> {
    const opened = this.#turn.then(() => (this.closing === null ? this.#reopen() : undefined))
    this.#turn = opened.catch(() => this.#mender.begin()) // who asked hears of it
    return opened
  }

  async #reopen(): Promise<void> {
    this.emit('reopening')
    await this.#closeParts()
    this.#problems.clear()
    const taken: Promise<void>[] = (this.#taken = [])
    try {
      await this.#openOrSay()
      await Promise.all(taken) // who had subscribed finds the same groups again
    } finally {
      this.#taken = null
    }
    this.emit('reopened')
    this.emit('status')
    const still = this.#problems.storage
    if (still !== null) throw still
  }

  /** The parts, or the problem that keeps them from being there. */
  use(): Parts {
    if (this.parts !== null) return this.parts
    if (this.key.locked) {
      throw new HypertunaError('UNAUTHORIZED', 'Hypertuna is locked: give the passphrase')
    }
    const [problem] = this.#problems.list
    if (problem !== undefined) throw problem
    throw startingError('Hypertuna is starting: try again in a moment')
  }

  status(): Rpc.Status {
    const isOpen = this.opened && this.#taken === null
    return statusView(this, {
      isOpen,
      problems: this.#problems.list,
      port: this.#services?.port ?? 0
    })
  }

  get links(): LinkBases {
    const port = this.#services?.port ?? 0
    const local = port === 0 ? null : `http://127.0.0.1:${port}`
    return {
      local,
      gateways: this.parts?.config.current.gateways ?? [],
      capabilityFor: (relayKey) => this.#services?.capabilityFor(relayKey) ?? ''
    }
  }

  /** Says our name in every relay, now and in those that come. */
  async setName(name: string): Promise<void> {
    const { relays } = this.use()
    this.name = name
    for (const group of relays.groups.values()) await this.#introduce(group)
    this.emit('status')
  }

  async #openParts(afterwards: Afterwards): Promise<void> {
    const log = this.#log
    const parts = await makeParts({
      options: this.options,
      key: this.key,
      closers: this.#closers,
      isFirst: !this.#wasOpen,
      afterwards,
      onproblem: (problem) => this.#report(problem),
      carry: (...at) => this.#serving().carry(...at),
      stopServing: (relayKey, files) => this.#stopServing(relayKey, files)
    })
    const { config, identity, drive, network, relays, waiting } = parts
    this.parts = parts
    this.#watch(parts)
    await config.update({
      driveKey: drive.key,
      driveVersion: await drive.sync(),
      swarmPublicKey: b4a.toString(network.swarm.keyPair.publicKey, 'hex'),
      nostrPubkey: identity.pubkey
    })
    await this.#openLocalServices(parts)
    network.blindPeers.keepDrive(drive.cores)
    await network.blindPeers.use(config.get().blindPeers)
    await relays.ready()
    network.lookAround()
    const onfailure = (err: HypertunaError): void => this.#reportOf(parts, err)
    const reopen = (): void => this.#mender.begin(0)
    const older = new OlderCopy({ drive, relays, network, log, reopen, onfailure })
    this.#closers.push(() => older.close())
    older.begin()
    await waiting.ready()
    this.#services?.begin()
  }

  #watch(parts: Parts): void {
    const { relays, files, network, drive, config } = parts
    relays.on('group', (group) => {
      const taken = this.#take(group as Group, parts)
      this.#taken?.push(taken)
    })
    network.on('peers', () => this.emit('status'))
    network.blindPeers.on('change', () => files.newcomer())
    drive.on('failure', (err) => this.#reportOf(parts, err))
    const stop = followVersion(drive, config, (err) => this.#reportOf(parts, err))
    this.#closers.push(async () => stop())
  }

  async #take(group: Group, parts: Parts): Promise<void> {
    try {
      group.relay.on('failure', (err) => this.#reportOf(parts, err))
      group.on('clock', (problem) => this.#problems.clock(problem as HypertunaError | null))
      await parts.files.add(group)
      await parts.folders.add(group.relay.relayKey)
      if (this.parts !== null && !this.closing) keepAtBlindPeers(this.parts.network, group.relay)
      this.#services?.add(group)
      group.on('update', () => void this.#introduce(group))
      await this.#introduce(group)
      this.emit('group', group)
    } catch (err) {
      this.#reportOf(parts, err, 'INTERNAL')
    }
  }

  #serving(): NostrSocket {
    if (this.#services !== null) return this.#services.nostr
    throw startingError('Hypertuna is starting: try again in a moment')
  }

  async #stopServing(relayKey: string, files: Files): Promise<void> {
    this.parts?.network.blindPeers.dropRelay(relayKey)
    await this.parts?.folders.remove(relayKey)
    await files.remove(relayKey)
    await this.#services?.remove(relayKey)
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

  async #openLocalServices(parts: Parts): Promise<void> {
    const { storage, version, localPort } = this.options
    const port = this.#port || (localPort ?? parts.config.get().localPort)
    const services = new LocalServices({ parts, storage, version, port, log: this.#log })
    this.#services = services
    this.#closers.push(() => services.close())
    const problem = await services.open()
    if (problem !== null) this.#report(problem)
    else this.#port = services.port
  }

  /** What parts say that were closed since is of no interest any more. */
  #reportOf(parts: Parts, err: unknown, fallback: ErrorCode = 'STORAGE_FAILED'): void {
    if (this.parts === parts) this.#report(HypertunaError.from(err, fallback))
  }

  #report(problem: HypertunaError): void {
    if (this.closing) return
    this.#problems.report(problem)
    if (isStorage(problem)) this.#mender.begin()
  }
}
