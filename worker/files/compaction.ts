import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { Log } from '../log.ts'
import type { Catalog } from './catalog.ts'
import type { WriteGuard } from './write-guard.ts'

/** Cleared bytes after which the disk's room is given back at once. */
const COMPACT_AFTER = 64 * 1024 * 1024
/** Less than that waits until nothing was removed for so long, in ms. */
const QUIET = 10_000
/** A compaction reads all that is kept: it may take this share of the time at most. */
const SHARE = 1 / 20

/** That something was cleared which still takes room on the disk. */
const MARK = 'hypertuna/cleared'

/** Gives the room of removed files back to the disk: clearing alone does not. */
export class Compaction {
  readonly #catalog: Catalog
  readonly #core: Hypercore
  readonly #store: Corestore
  readonly #guard: WriteGuard
  readonly #log: Log
  readonly #quiet: number
  readonly #oncompacted: () => void
  #aside: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #took = 0
  #isMarked = false
  #closing = false

  constructor(
    { catalog, core, store }: { catalog: Catalog; core: Hypercore; store: Corestore },
    guard: WriteGuard,
    log: Log,
    { quiet = QUIET, oncompacted }: { quiet?: number | undefined; oncompacted: () => void }
  ) {
    this.#catalog = catalog
    this.#core = core
    this.#store = store
    this.#guard = guard
    this.#log = log
    this.#quiet = quiet
    this.#oncompacted = oncompacted
  }

  /** Goes on with what a process before this one had cleared and not compacted. */
  async open(reclaimed: boolean): Promise<void> {
    this.#isMarked = ((await this.#core.getUserData(MARK))?.byteLength ?? 0) > 0
    if (reclaimed || this.#isMarked) this.#later()
  }

  async now(): Promise<void> {
    const begun = Date.now()
    const before = this.#catalog.cleared
    await this.#guard.run(() => this.#catalog.compact(this.#store.storage))
    this.#took = Date.now() - begun
    this.#oncompacted()
    if (this.#catalog.cleared > 0 || !this.#isMarked) return
    this.#isMarked = false
    await this.#guard.run(async () => {
      await this.#core.setUserData(MARK, new Uint8Array(0))
      // The first write to a log sets 18 MB of the disk aside for it; an empty one takes none.
      await this.#store.storage.db.flush()
    })
    this.#log('compacted', { cleared: before, ms: this.#took })
  }

  /** Something was cleared: its room is given back before long; nobody waits for it. */
  async whenWorthIt(): Promise<void> {
    if (this.#catalog.cleared === 0) return
    if (!this.#isMarked) {
      this.#isMarked = true
      await this.#guard.run(() => this.#core.setUserData(MARK, Buffer.from('1')))
    }
    if (this.#catalog.cleared >= COMPACT_AFTER) this.#begin()
    else this.#later()
  }

  /** Waits for the one that was begun. */
  async close(): Promise<void> {
    this.#closing = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#aside
  }

  #later(): void {
    if (this.#closing) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    const wait = Math.max(this.#quiet, this.#took / SHARE)
    this.#timer = setTimeout(() => this.#begin(), wait)
  }

  #begin(): void {
    if (this.#closing || this.#guard.failure !== null) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#aside ??= this.now()
      .catch((err: unknown) => this.#log('compact-failed', { err }))
      .finally(() => {
        this.#aside = null
        if (this.#catalog.cleared > 0) this.#later()
      })
  }
}
