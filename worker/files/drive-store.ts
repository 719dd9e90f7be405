import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import Hyperdrive from 'hyperdrive'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../../protocol/errors.ts'
import '../guard-bee.ts'
import '../warm-bee.ts'
import type { ContentUsage } from './contents.ts'
import { closeParts, openParts } from './drive-parts.ts'
import type { DriveOptions, DriveParts } from './drive-parts.ts'
import { FileKeys } from './file-keys.ts'
import type { Partials } from './partials.ts'
import { countHeld } from './reclaim.ts'
import type { Survey } from './survey.ts'
import type { DriveChange } from './watch.ts'
import { WriteGuard } from './write-guard.ts'

/**
 * How many forks are left out when the drive goes on from an older copy: each kill makes one,
 * and those since that copy was made must not be met again.
 */
const FORKS = 1000

/**
 * The drive as a thing that is stored: opened and closed, known by its key and version, taken
 * up again after it was put back from a copy, measured, made safe and made small. What is in
 * it is the {@link Drive}'s.
 *
 * Emits `change`, `compacted` and `failure`, as the Drive says.
 */
export class DriveStore extends ReadyResource {
  readonly #drive: Hyperdrive
  readonly #store: Corestore
  readonly #options: DriveOptions
  protected readonly guard: WriteGuard
  protected readonly keys = new FileKeys()
  readonly #begun = Promise.withResolvers<void>()
  #parts: DriveParts | null = null

  /** @param store a session of the Corestore; the drive closes it */
  constructor(store: Corestore, options: DriveOptions) {
    super()
    this.#store = store
    this.#drive = new Hyperdrive(store)
    this.#options = options
    this.#begun.promise.catch(() => {}) // whoever waits for it is told
    this.guard = new WriteGuard(options.spoolDir, (err) => {
      options.log('drive-failure', { err })
      this.emit('failure', err)
    })
  }

  /** The driveKey, 64 hex. */
  get key(): string {
    return Buffer.from(this.#drive.key).toString('hex')
  }

  /** Grows with every change of an entry. */
  get version(): number {
    return this.#drive.version
  }

  /** Of the core of entries and the core of blobs: what a replication of the drive needs. */
  get discoveryKeys(): Uint8Array[] {
    return [this.#drive.core.discoveryKey, this.#open.blobs.core.discoveryKey]
  }

  /** The same cores themselves, which stay the drive's. */
  get cores(): Hypercore[] {
    return [this.#drive.core, this.#open.blobs.core]
  }

  /** Why nothing can be written, or null. */
  get failure(): HypertunaError | null {
    return this.guard.failure
  }

  /** What is here, by look-ups that cost little. Once the drive is open. */
  get survey(): Survey {
    return this.#open.survey
  }

  /** Files that came in half. Once the drive is open. */
  get partials(): Partials {
    return this.#open.partials
  }

  override async _open(): Promise<void> {
    const listeners = {
      onchange: (changes: DriveChange[]) => void this.emit('change', changes),
      oncompacted: () => void this.emit('compacted')
    }
    try {
      const [drive, store, guard, keys] = [this.#drive, this.#store, this.guard, this.keys]
      this.#parts = await openParts(drive, store, guard, keys, this.#options, listeners)
      if (this.#options.held === true) guard.hold(this.#begun.promise)
    } catch (err) {
      await this.#drive.close()
      throw err
    }
  }

  override async _close(): Promise<void> {
    this.begin(false)
    const parts = this.#parts
    if (parts !== null) await closeParts(this.#drive, this.guard, this.#options.log, parts)
    await this.#drive.close()
  }

  /**
   * Writing may begin: nobody is known to have more of this drive than is here.
   * @param may false when that will not be known any more: then nothing is written
   */
  begin(may = true): void {
    if (may) this.#begun.resolve()
    else this.#begun.reject(closed())
  }

  /**
   * Goes on from what is here, though others may have more of this drive: as a new fork of
   * it, which they follow. Without one, the next write would contradict what they have.
   *
   * @param fork the latest that anybody has been seen to have
   */
  async forkFrom(fork: number): Promise<void> {
    const { blobs } = await this.whenOpened()
    await this.guard.runNow(async () => {
      for (const core of [blobs.core, this.#drive.core]) {
        await core.truncate(core.length, { fork: Math.max(fork, core.fork) + FORKS })
      }
    })
  }

  /** Blocks of 64 KiB that were ever appended, and how many of them hold something. */
  async blocks(): Promise<{ length: number; held: number }> {
    const { core } = (await this.whenOpened()).blobs
    return { length: core.length, held: countHeld(core) }
  }

  /** What is stored, each content counted once, in bytes. */
  async blobUsage(): Promise<{ files: number; bytes: number }> {
    const { files, bytes } = await this.usage()
    return { files, bytes }
  }

  /** The same, and how much of it each relay's folder has. */
  async usage(): Promise<ContentUsage> {
    const { catalog } = await this.whenOpened()
    return catalog.usage()
  }

  /** Bytes that were cleared, and take room on the disk until the next compaction. */
  get cleared(): number {
    return this.#parts?.catalog.cleared ?? 0
  }

  /**
   * Makes all that was written so far survive a power cut, not only a crash.
   *
   * @returns the version that does: the one to keep as `driveVersion`, since a drive
   * that comes back older than what is known of it is not written to
   */
  async sync(): Promise<number> {
    await this.whenOpened()
    const { version } = this
    await this.guard.runNow(() => this.#store.storage.db.flush())
    return version
  }

  /** Gives the room of removed files back to the disk. */
  async compact(): Promise<void> {
    await (await this.whenOpened()).compaction.now()
  }

  get #open(): DriveParts {
    if (this.#parts === null) throw closed()
    return this.#parts
  }

  protected async whenOpened(): Promise<DriveParts> {
    if (!this.opened) await this.ready()
    if (this.closing) throw closed()
    return this.#open
  }
}

export function closed(): HypertunaError {
  return new HypertunaError('CLOSED', 'The drive is closed')
}
