/**
 * Keeps what is known of a relay's files true, step by step: looks again at what changed,
 * and writes what is known to the disk now and then.
 */
import type { Relay } from '../relays/relay.ts'
import type { KnownFiles } from './known-files.ts'
import type { Steps } from './steps.ts'
import type { SyncedFile } from './synced-file.ts'

/** What is known is written so often, in ms, when it is another than it was. */
const KEEP = 10 * 60_000
/** How long whoever closes waits until all that the view shows was told, in ms. */
const PATIENCE = 2000

export interface UpkeepOptions {
  known: KnownFiles
  relay: Pick<Relay, 'told'>
  steps: Steps
  /** Told of each file that was looked at again; of null when no live record names it. */
  onfile(hash: string, file: SyncedFile | null, wasHere: boolean): void
  /** Told after each look: of what was looked at, of null when that were all. */
  onlooked(hashes: Set<string> | null): void
  onerror(err: unknown): void
}

export class Upkeep {
  readonly #options: UpkeepOptions
  #isAsked = false
  #keptAt = 0

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  /** Looks at them again soon; what changes again before it was looked at is looked at once. */
  soon(hashes: Iterable<string>): void {
    const { known, steps } = this.#options
    for (const hash of hashes) known.owed.add(hash)
    if (this.#isAsked || known.owed.size === 0) return
    this.#isAsked = true
    steps.add(() => {
      this.#isAsked = false
      return this.lookAt([...known.owed])
    })
  }

  /** Looks at whatever changed, when nobody said what. */
  anything(): void {
    const { known, steps, onlooked } = this.#options
    steps.add(async () => {
      await known.catchUp()
      onlooked(null)
    })
  }

  /** Within a step. What could not be looked at stays owed. */
  async lookAt(hashes: string[]): Promise<void> {
    const { known, onfile, onlooked } = this.#options
    if (hashes.length === 0) return
    const before = new Map(hashes.map((hash) => [hash, known.files.get(hash)?.here ?? false]))
    await known.reread(hashes, (hash, file) => onfile(hash, file, before.get(hash)!))
    onlooked(new Set(hashes))
  }

  /** Each minute, within a step: what was left over is looked at, and what is known is kept. */
  async sweep(): Promise<void> {
    const { known, steps, onlooked, onerror } = this.#options
    if (known.isOld) {
      await known.readAll()
      onlooked(null)
    }
    if (!this.#isAsked) await this.lookAt([...known.owed])
    if (!known.changed || Date.now() - this.#keptAt < KEEP) return
    // Whoever waits for the view to be told waits for nothing in these steps.
    void this.#whenTold((keep) => steps.add(keep)).catch(onerror)
  }

  /** The last time: what was not looked at is kept as such. */
  async close(): Promise<void> {
    const { known, onerror } = this.#options
    if (!known.changed) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)))
    let keeping: Promise<void> | null = null
    let isLate = false
    try {
      const told = this.#whenTold((keep) => {
        if (!isLate) keeping = keep()
      })
      await Promise.race([told, late])
      isLate = true
      await keeping
    } catch (err) {
      onerror(err)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Everything of a moment is known once all of it was told, and looked at. */
  async #whenTold(then: (keep: () => Promise<void>) => void): Promise<void> {
    const { known, relay } = this.#options
    const mark = await known.markNow()
    if (mark === null || !(await relay.told())) return
    then(async () => {
      this.#keptAt = Date.now()
      await known.keep(mark)
    })
  }
}
