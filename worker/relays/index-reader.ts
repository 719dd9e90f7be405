import type HyperDB from 'hyperdb'

import { wordRange } from './terms.ts'
import type { Entry, Term } from './terms.ts'

/** How far the index is; one record. */
export interface Head {
  name: 'head'
  version: number
  /** Log positions before this one are indexed. */
  position: number
  /** One more with each write. */
  generation: number
}

/** Where to go on in a term: after this entry. */
export interface After {
  age: number
  id: Uint8Array
}

/** Is told what reading costs, and may let it wait. */
export interface Meter {
  /** @param records that were read; what is returned is waited for */
  spend(records: number): Promise<void> | undefined
}

/** The index as it was at one moment. */
export class IndexReader {
  readonly #db: HyperDB
  /** Of the question that is being answered. */
  meter: Meter | null = null

  constructor(snapshot: HyperDB) {
    this.#db = snapshot
  }

  /** The generation that this moment belongs to. */
  async generation(): Promise<number> {
    const head = await this.#db.get<Head>('@index/head', { name: 'head' })
    return head?.generation ?? 0
  }

  /** How many visible entries a term has, the expired among them. */
  async count(term: Term): Promise<number> {
    const held = await this.#db.get<{ events: number }>('@index/count', { term })
    await this.meter?.spend(1)
    return held?.events ?? 0
  }

  /** The words that begin like this, at most so many, and how many visible entries have each. */
  async wordsFrom(prefix: string, limit: number): Promise<{ term: Term; events: number }[]> {
    const { gte, lt } = wordRange(prefix)
    const range = { gte: { term: gte }, lt: { term: lt }, limit }
    const words = this.#db.find<{ term: Term; events: number }>('@index/count', range)
    return this.#paid(await words.toArray())
  }

  /** Entries of a term, or of all, hidden or not, the newest first: of ages `from` to `to`. */
  async entries(
    term: Term | null,
    { from, to, after, limit }: { from: number; to: number; after: After | null; limit: number }
  ): Promise<Entry[]> {
    if (term === null) {
      const range = after === null ? { gte: { age: from } } : { gt: after }
      const all = this.#db.find<Entry>('@index/entry', { ...range, lte: { age: to }, limit })
      return this.#paid(await all.toArray())
    }
    const lte = { term, age: to }
    const range =
      after === null ? { gte: { term, age: from }, lte } : { gt: { term, ...after }, lte }
    const some = this.#db.find<Entry>('@index/by-term', { ...range, limit })
    return this.#paid(await some.toArray())
  }

  async #paid<T>(records: T[]): Promise<T[]> {
    await this.meter?.spend(records.length)
    return records
  }

  close(): Promise<void> {
    return this.#db.close()
  }
}
