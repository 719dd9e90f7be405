import type Corestore from 'corestore'
import type { Log } from '../log.ts'
import type { Catalog } from './catalog.ts'
import type { WriteGuard } from './write-guard.ts'

/** Cleared bytes after which the disk's room is given back without being asked. */
const COMPACT_AFTER = 64 * 1024 * 1024

/** Gives the room of removed files back to the disk: clearing alone does not. */
export class Compaction {
  readonly #catalog: Catalog
  readonly #store: Corestore
  readonly #guard: WriteGuard
  readonly #log: Log
  #aside: Promise<void> | null = null

  constructor(catalog: Catalog, store: Corestore, guard: WriteGuard, log: Log) {
    this.#catalog = catalog
    this.#store = store
    this.#guard = guard
    this.#log = log
  }

  now(): Promise<void> {
    return this.#guard.run(() => this.#catalog.compact(this.#store.storage))
  }

  /** Begins one beside everything else once enough was cleared; nobody waits for it. */
  whenWorthIt(): void {
    if (this.#catalog.cleared < COMPACT_AFTER) return
    this.#aside ??= this.now()
      .catch((err: unknown) => this.#log('compact-failed', { err }))
      .finally(() => (this.#aside = null))
  }

  /** Waits for the one that was begun. */
  async close(): Promise<void> {
    await this.#aside
  }
}
