import type Hyperbee from 'hyperbee'

import type { Range } from './keys.ts'
import type { StateReader } from './state.ts'

type Bee = Hyperbee<string, unknown>
type Node = Hyperbee.Node<string, unknown>

/** Changes to the state that are not written yet. Each key is read from the tree once. */
export class StateBatch implements StateReader {
  readonly #batch: Hyperbee.Batch<string, unknown>
  readonly #known = new Map<string, Promise<Node | null>>()

  constructor(state: Bee) {
    this.#batch = state.batch({ update: false })
  }

  get(key: string): Promise<Node | null> {
    let node = this.#known.get(key)
    if (node === undefined) this.#known.set(key, (node = this.#batch.get(key)))
    return node
  }

  async put(key: string, value: unknown): Promise<void> {
    this.#known.set(key, Promise.resolve({ seq: -1, key, value }))
    await this.#batch.put(key, value)
  }

  async del(key: string): Promise<void> {
    this.#known.set(key, Promise.resolve(null))
    await this.#batch.del(key)
  }

  /** Writes a value, or takes the key away for null; nothing when that is how it is. */
  async set(key: string, value: unknown): Promise<void> {
    if (value !== null) return this.put(key, value)
    if ((await this.get(key)) !== null) await this.del(key)
  }

  peek(range: Range, options?: Hyperbee.ReadOptions): Promise<Node | null> {
    return this.#batch.peek(range, options)
  }

  createReadStream(
    range: Range,
    options?: Hyperbee.ReadOptions
  ): AsyncIterable<Node> & { destroy(): void } {
    return this.#batch.createReadStream(range, options)
  }

  /** The entries of a range, read before any of them is changed. */
  async entries(range: Range): Promise<Node[]> {
    const found: Node[] = []
    for await (const node of this.#batch.createReadStream(range)) found.push(node)
    return found
  }

  flush(): Promise<void> {
    return this.#batch.flush()
  }
}
