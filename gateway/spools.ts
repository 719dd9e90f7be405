import fs from 'bare-fs/promises'
import os from 'bare-os'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../protocol/errors.ts'
import type { GatewayLimits } from './limits.ts'
import type { Located } from './locate.ts'
import type { Log } from './log.ts'
import type { RelayPeers } from './relay-peers.ts'
import { Spool } from './spool.ts'

/** Why a directory cannot be used. */
const CAUSES = {
  ENOENT: { code: 'STORAGE_DENIED', words: 'cannot be made a directory' },
  EACCES: { code: 'STORAGE_DENIED', words: 'may not be written by this user' },
  EROFS: { code: 'STORAGE_READONLY', words: 'is on a disk that can only be read' },
  ENOSPC: { code: 'STORAGE_FULL', words: 'cannot be made because the disk is full' }
} as const

/** The files that are being fetched whole, one for all who ask, and those used a moment ago. */
export class Spools extends ReadyResource {
  readonly #directory: string
  readonly #limits: GatewayLimits
  readonly #log: Log
  readonly #spools = new Map<string, Spool>()
  readonly #linger = new Map<Spool, NodeJS.Timeout>()

  /** @param options.directory - null for the system's temporary folder */
  constructor(options: { directory: string | null; limits: GatewayLimits; log: Log }) {
    super()
    this.#directory = options.directory ?? os.tmpdir()
    this.#limits = options.limits
    this.#log = options.log
  }

  protected override async _open(): Promise<void> {
    const directory = this.#directory
    try {
      await fs.mkdir(directory, { recursive: true })
      await fs.access(directory, fs.constants.W_OK | fs.constants.X_OK)
    } catch (err) {
      const { code } = err as { code?: string }
      const cause = CAUSES[code as keyof typeof CAUSES] ?? CAUSES.ENOENT
      throw new HypertunaError(cause.code, `${directory} ${cause.words}: choose another --storage`)
    }
  }

  /**
   * The whole of a located file, being fetched or there already. Give it back
   * with `release`.
   *
   * @throws {HypertunaError} BUSY, STORAGE_FULL, CLOSED
   */
  acquire(relay: RelayPeers, located: Located): Spool {
    if (this.closing !== null) throw new HypertunaError('CLOSED', 'The gateway is closing')
    const name = `${relay.publicIdentifier}/${located.record.hash}`
    const spool = this.#spools.get(name) ?? this.#create(name, relay, located)
    spool.users++
    spool.join(located)
    clearTimeout(this.#linger.get(spool))
    this.#linger.delete(spool)
    return spool
  }

  /**
   * Ends one use.
   *
   * @param keep - whether it shall go on, for a client that was told to come back
   */
  release(spool: Spool, keep: boolean): void {
    spool.users--
    if (spool.users > 0 || this.closing !== null) return
    if (!keep && !spool.settled) return this.#drop(spool)
    const timer = setTimeout(() => this.#drop(spool), this.#limits.spoolLinger)
    this.#linger.set(spool, timer)
  }

  #create(name: string, relay: RelayPeers, located: Located): Spool {
    const { record } = located
    const running = [...this.#spools.values()].filter((spool) => !spool.settled)
    if (running.length >= this.#limits.spools) {
      throw new HypertunaError('BUSY', 'Too many files are being checked; try again shortly')
    }
    let bytes = record.size
    for (const spool of this.#spools.values()) bytes += spool.size
    if (bytes > this.#limits.spoolBytes) {
      throw new HypertunaError('STORAGE_FULL', 'This gateway has no room to check the file')
    }
    const directory = this.#directory
    const spool = new Spool({ directory, relay, located, limits: this.#limits, log: this.#log })
    this.#spools.set(name, spool)
    spool.filled.catch(() => {
      // Whoever waits hears why; whoever asks later begins anew.
      if (this.#spools.get(name) === spool) this.#drop(spool)
    })
    return spool
  }

  #drop(spool: Spool): void {
    clearTimeout(this.#linger.get(spool))
    this.#linger.delete(spool)
    for (const [name, one] of this.#spools) if (one === spool) this.#spools.delete(name)
    spool.close().catch((err: unknown) => this.#log('spool not closed', { error: err }))
  }

  protected override async _close(): Promise<void> {
    for (const timer of this.#linger.values()) clearTimeout(timer)
    const spools = [...this.#spools.values()]
    this.#spools.clear()
    await Promise.all(spools.map((spool) => spool.close()))
  }
}
