import type { FileRecord } from '../protocol/file-event.ts'
import type { Cache } from './cache/cache.ts'
import { Flow } from './flow.ts'
import { Shares } from './shares.ts'

// Of a tree's layer that is on disk as well, no more than this is kept in memory for later.
const LAYER_KEPT = 1024 * 1024

/** The files that are being read now, one flow for all who read the same. */
export class Flows {
  readonly #cache: Cache
  readonly shares: Shares
  readonly #flows = new Map<string, Flow>()

  /** @param options.memory - bytes that all answers together may hold, roughly */
  constructor(options: { cache: Cache; memory: number }) {
    this.#cache = options.cache
    this.shares = new Shares(options.memory)
  }

  /**
   * The flow of the file under a root. Give it back with `release`. Null when the
   * cache does not take it.
   */
  async open(root: string, record: FileRecord): Promise<Flow | null> {
    const object = await this.#cache.open(root, record.size)
    if (object === null) return null
    if (object.name(record.hash)) this.#cache.grown(object)
    let flow = this.#flows.get(root)
    if (flow === undefined || flow.object !== object) {
      flow = new Flow(object, { cache: this.#cache, shares: this.shares })
      this.#flows.set(root, flow)
    }
    flow.users++
    return flow
  }

  release(flow: Flow): void {
    flow.users--
    const { object } = flow
    if (flow.users > 0) return this.#cache.release(object)
    if (this.#flows.get(object.root) === flow) this.#flows.delete(object.root)
    void flow.close().then(() => {
      if ((object.layer?.byteLength ?? 0) > LAYER_KEPT) object.layer = null
      this.#cache.release(object)
    })
  }

  /** Ends what is read now of a file by its hash: its readers are told, or reset. */
  end(hash: string): void {
    for (const flow of this.#flows.values()) if (flow.object.hashes.has(hash)) flow.cut()
  }
}
