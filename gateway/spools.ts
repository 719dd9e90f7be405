import fs from 'bare-fs/promises'
import os from 'bare-os'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../protocol/errors.ts'
import type { GatewayLimits } from './limits.ts'
import type { Located } from './locate.ts'
import type { Log } from './log.ts'
import type { RelayPeers } from './relay-peers.ts'
import type { Metrics } from './metrics.ts'
import { Spool, type Keeper } from './spool.ts'
import { Turns } from './turns.ts'

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
  readonly #turns: Turns
  readonly #linger = new Map<Spool, NodeJS.Timeout>()

  /** @param options.directory - null for the system's temporary folder */
  constructor(options: { directory: string | null; limits: GatewayLimits; log: Log }) {
    super()
    this.#directory = options.directory ?? os.tmpdir()
    this.#limits = options.limits
    this.#log = options.log
    this.#turns = new Turns(options.limits.spools)
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
   * @param to.keeper - takes public files over that are right
   * @throws {HypertunaError} BUSY, STORAGE_FULL, CLOSED
   */
  acquire(relay: RelayPeers, located: Located, to: { keeper: Keeper; metrics: Metrics }): Spool {
    if (this.closing !== null) throw new HypertunaError('CLOSED', 'The gateway is closing')
    const name = `${relay.publicIdentifier}/${located.record.hash}`
    const known = this.#spools.get(name)
    const isAlive = known !== undefined && !known.isOver
    const spool = isAlive ? known : this.#create(name, { ...to, relay, located })
    spool.join(located)
    return this.#use(spool)
  }

  /** One of a public file that is here as a whole. Give it back with `release`. */
  find(publicIdentifier: string, hash: string): Spool | null {
    const spool = this.#spools.get(`${publicIdentifier}/${hash}`)
    return spool?.settled === true && spool.isPublic ? this.#use(spool) : null
  }

  #use(spool: Spool): Spool {
    spool.users++
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
    if (spool.settled ? spool.kept : !keep) return this.#drop(spool)
    const timer = setTimeout(() => this.#drop(spool), this.#limits.spoolLinger)
    this.#linger.set(spool, timer)
  }

  /** Ends what is being fetched or kept of a file: it may be served no more. */
  end(hash: string): void {
    const reason = new HypertunaError('BUSY', 'The gateway let go of it; ask again')
    for (const spool of [...this.#spools.values()]) {
      if (spool.hash === hash) this.#drop(spool, reason)
    }
  }

  #create(
    name: string,
    options: { relay: RelayPeers; located: Located; keeper: Keeper; metrics: Metrics }
  ): Spool {
    const { record, isSized } = options.located
    const coming = [...this.#spools.values()].filter((spool) => !spool.settled)
    if (coming.length >= this.#limits.spoolsWaiting) {
      throw new HypertunaError('BUSY', 'Too many files are being checked; try again shortly')
    }
    if (isSized && !this.#has(record.size)) {
      throw new HypertunaError('STORAGE_FULL', 'This gateway has no room to check the file')
    }
    const directory = this.#directory
    const spool = new Spool({
      ...options,
      directory,
      turn: () => this.#turns.take(),
      fits: () => this.#has(0),
      limits: this.#limits,
      log: this.#log
    })
    this.#spools.set(name, spool)
    spool.filled.catch(() => {
      // Whoever waits hears why; whoever asks later begins anew.
      if (this.#spools.get(name) === spool) this.#drop(spool)
    })
    return spool
  }

  /** Whether there is room for so many bytes more. */
  #has(more: number): boolean {
    let bytes = more
    for (const spool of this.#spools.values()) bytes += spool.size
    return bytes <= this.#limits.spoolBytes
  }

  #drop(spool: Spool, reason?: HypertunaError): void {
    clearTimeout(this.#linger.get(spool))
    this.#linger.delete(spool)
    for (const [name, one] of this.#spools) if (one === spool) this.#spools.delete(name)
    spool.close(reason).catch((err: unknown) => this.#log('spool not closed', { error: err }))
  }

  protected override async _close(): Promise<void> {
    for (const timer of this.#linger.values()) clearTimeout(timer)
    const spools = [...this.#spools.values()]
    this.#spools.clear()
    await Promise.all(spools.map((spool) => spool.close()))
  }
}
