/**
 * Copies of the drives of members who cannot be dialled, as far as somebody who is
 * connected has them. A few at once; one that cannot be had is left alone for a while.
 */
import type Hyperdrive from 'hyperdrive'
import type { Log } from '../log.ts'
import type { FileSource } from './file-source.ts'
import { Replica } from './replica.ts'
import type { ReplicaFolder } from './replica.ts'
import { Doubts } from './synced-file.ts'

/** Drives that are read at once. */
const MOST = 8
/** How long a drive that nobody has, or that is wrong, is left alone, in ms. */
const AGAIN = 5 * 60_000

export interface ReplicasOptions extends ReplicaFolder {
  /** A session for a drive of somebody else, replicated with proven members. */
  openDrive(driveKey: string): Hyperdrive
  /** One more can be read. */
  onfound(): void
  log: Log
}

export class Replicas {
  readonly #options: ReplicasOptions
  readonly #open = new Map<string, Replica>()
  readonly #opening = new Map<string, Promise<void>>()
  /** Those that are being opened: nobody who closes waits until nobody had them. */
  readonly #begun = new Set<Replica>()
  /** Nobody who was connected had them. */
  #missing = new Doubts(AGAIN)
  /** Their bytes are wrong. */
  readonly #wrong = new Doubts(AGAIN)
  #closing = false

  constructor(options: ReplicasOptions) {
    this.#options = options
  }

  /** Whether one of these providers' drives can be read, as `providerOf` names them. */
  has(providers: Iterable<string>): boolean {
    for (const provider of providers) if (this.#find(provider) !== null) return true
    return false
  }

  sources(providers: Iterable<string>): FileSource[] {
    return [...providers].flatMap((provider) => this.#find(provider) ?? [])
  }

  /** Somebody has come, who may have what nobody had. */
  newcomer(): void {
    this.#missing = new Doubts(AGAIN)
  }

  /** Looks for these drives, beside everything else. */
  look(driveKeys: Iterable<string>): void {
    for (const driveKey of driveKeys) {
      if (this.#closing || this.#missing.has(driveKey) || this.#wrong.has(driveKey)) continue
      if (this.#open.get(driveKey)?.isReachable === true || this.#opening.has(driveKey)) continue
      if (this.#opening.size >= MOST) return
      const opening = this.#begin(driveKey).finally(() => this.#opening.delete(driveKey))
      this.#opening.set(driveKey, opening)
    }
  }

  /** This drive's bytes are wrong. */
  putAside(driveKey: string): void {
    this.#wrong.add(driveKey)
  }

  async close(): Promise<void> {
    this.#closing = true
    for (const replica of this.#begun) replica.stop()
    await Promise.all(this.#opening.values())
    await Promise.all([...this.#open.values()].map((replica) => replica.close()))
    this.#open.clear()
  }

  /** Never rejects. */
  async #begin(driveKey: string): Promise<void> {
    const { openDrive, onfound, log } = this.#options
    try {
      await this.#open.get(driveKey)?.close()
      this.#open.delete(driveKey)
      const [oldest] = this.#open
      if (oldest !== undefined && this.#open.size >= MOST) {
        this.#open.delete(oldest[0])
        await oldest[1].close()
      }
      if (this.#closing) return
      const replica = new Replica(openDrive(driveKey), driveKey, this.#options)
      this.#begun.add(replica)
      await replica.ready().finally(() => this.#begun.delete(replica))
      this.#open.set(driveKey, replica)
      log('replica-found', { driveKey })
      onfound()
    } catch (err) {
      this.#missing.add(driveKey)
      if (!this.#closing) log('replica-not-found', { driveKey, reason: String(err) })
    }
  }

  #find(provider: string): Replica | null {
    const driveKey = provider.slice(0, 64)
    const replica = this.#open.get(driveKey)
    return replica?.isReachable === true && !this.#wrong.has(driveKey) ? replica : null
  }
}
