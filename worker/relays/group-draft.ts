import type Hyperbee from 'hyperbee'

import { GROUP_KEYS, GROUP_RANGES } from './keys.ts'
import type { Range } from './keys.ts'
import type { StateBatch } from './state-batch.ts'
import type { StateReader } from './state.ts'

type Node = Hyperbee.Node<string, unknown>

/** What effects on the group are written to: the state itself, or a draft of it. */
export interface GroupStore extends StateReader {
  put(key: string, value: unknown): Promise<void>
  del(key: string): Promise<void>
  /** Writes a value, or takes the key away for null. */
  set(key: string, value: unknown): Promise<void>
}

/**
 * The group's part of the state in memory, empty at first: where acts are played
 * again without some of them, before what came of it takes the place of what was.
 */
export class GroupDraft implements GroupStore {
  readonly #values = new Map<string, unknown>()
  /** Keys by what they begin with, up to their last colon. */
  readonly #alike = new Map<string, Set<string>>()

  async get(key: string): Promise<Node | null> {
    return this.#values.has(key) ? { seq: -1, key, value: this.#values.get(key) } : null
  }

  async put(key: string, value: unknown): Promise<void> {
    this.#values.set(key, value)
    const start = startOf(key)
    const alike = this.#alike.get(start)
    if (alike === undefined) this.#alike.set(start, new Set([key]))
    else alike.add(key)
  }

  async del(key: string): Promise<void> {
    this.#values.delete(key)
    this.#alike.get(startOf(key))?.delete(key)
  }

  set(key: string, value: unknown): Promise<void> {
    return value === null ? this.del(key) : this.put(key, value)
  }

  async peek(range: Range, options: Hyperbee.ReadOptions = {}): Promise<Node | null> {
    return this.#range(range, { ...options, limit: 1 })[0] ?? null
  }

  createReadStream(
    range: Range,
    options: Hyperbee.ReadOptions = {}
  ): AsyncIterable<Node> & { destroy(): void } {
    const nodes = this.#range(range, options)
    return {
      async *[Symbol.asyncIterator]() {
        yield* nodes
      },
      destroy() {}
    }
  }

  /** Of a range by a start that ends in a colon: whole groups are played through here. */
  #range({ gte, lt }: Range, { reverse = false, limit = Infinity }: Hyperbee.ReadOptions): Node[] {
    const alike = this.#alike.get(gte) ?? []
    const keys = [...alike].filter((key) => key >= gte && key < lt).sort()
    if (reverse) keys.reverse()
    return keys.slice(0, limit).map((key) => ({ seq: -1, key, value: this.#values.get(key) }))
  }

  /** Makes the state's group what it is here. Nearly all of it is: only the rest is looked up. */
  async replace(batch: StateBatch): Promise<void> {
    const held = new Map<string, unknown>()
    for (const range of GROUP_RANGES) {
      for (const { key, value } of await batch.entries(range)) {
        if (this.#values.has(key)) held.set(key, value)
        else await batch.del(key)
      }
    }
    for (const key of GROUP_KEYS) {
      if (!this.#values.has(key)) await batch.set(key, null)
      else held.set(key, (await batch.get(key))?.value)
    }
    for (const key of [...this.#values.keys()].sort()) {
      const value = this.#values.get(key)
      if (JSON.stringify(held.get(key)) !== JSON.stringify(value)) await batch.put(key, value)
    }
  }
}

const startOf = (key: string): string => key.slice(0, key.lastIndexOf(':') + 1)
