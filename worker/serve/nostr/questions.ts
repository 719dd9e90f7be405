import { HypertunaError } from '../../../protocol/errors.ts'
import type { IndexReader } from '../../relays/index-reader.ts'
import { Queue } from './queue.ts'
import type { Scan, Scans } from './scans.ts'
import type { Limits } from './limits.ts'
import type { ServedRelay } from './served-relay.ts'

export interface QuestionsOptions {
  served: ServedRelay
  limits: Limits
  scans: Scans
  /** More or fewer wait than before. */
  onmove(): void
}

/** @param reader null when the index is behind, or who asked is gone */
type Run = (reader: IndexReader | null, scan: Scan) => Promise<void>

/** What one connection asks of an index: some at once, the others wait for their turn. */
export class Questions {
  readonly #options: QuestionsOptions
  readonly #queue: Queue
  #ended = false

  constructor(options: QuestionsOptions) {
    this.#options = options
    this.#queue = new Queue(options.limits.queries)
  }

  get waiting(): number {
    return this.#queue.waiting
  }

  /** @throws BUSY when too much is being read at the moment */
  ask(run: Run): Promise<void> {
    const { served, limits, scans, onmove } = this.#options
    const asked = this.#queue.run(async () => {
      onmove()
      const reader = this.#ended ? null : await served.index.read(limits.behind)
      const scan = scans.begin(this)
      if (reader !== null) reader.meter = scan
      try {
        await run(reader, scan)
      } finally {
        scan.end()
        await reader?.close()
      }
    })
    onmove()
    return asked
  }

  /** Who asked is gone. */
  end(): void {
    this.#ended = true
    this.#options.scans.forget(this)
  }
}

/** Why a question was not answered, with NIP-01's prefix. */
export function failure(err: unknown): string {
  const { code, message } = HypertunaError.from(err)
  return code === 'BUSY' ? `rate-limited: ${message}` : 'error: the answer could not be read'
}
