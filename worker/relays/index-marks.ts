import b4a from 'b4a'
import type HyperDB from 'hyperdb'

import type { IndexLog } from './index-log.ts'

/** The log's tree hash at a length up to which it was indexed. */
export interface Mark {
  position: number
  hash: Uint8Array
}

export interface MarksMove {
  after: IndexMarks
  added: Mark | null
  removed: Mark[]
}

/** So many of the last marks are all kept; of those before them, one for each SPARSE positions. */
const DENSE = 256
const SPARSE = 1024

/**
 * How far the index and the log agree.
 *
 * Autobase takes back and replays the end of the log, so a position is no proof
 * that an event was seen, and the same last event is none either: what came
 * before it may be another. A tree hash commits to everything before it.
 */
export class IndexMarks {
  readonly #marks: readonly Mark[]

  constructor(marks: readonly Mark[]) {
    this.#marks = marks
  }

  static async read(db: HyperDB): Promise<IndexMarks> {
    return new IndexMarks(await db.find<Mark>('@index/mark').toArray())
  }

  /** The last marked position up to which the log is what it was; at most `position`. */
  async agree(log: IndexLog, position: number): Promise<number> {
    const last = this.#marks.at(-1)
    if (position === 0 || last === undefined) return 0
    if (last.position === position && (await holds(log, last))) return position
    let [low, high] = [0, this.#marks.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (await holds(log, this.#marks[middle]!)) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : Math.min(position, this.#marks[low - 1]!.position)
  }

  /** The marks once the index is at a position, and what to write and to delete for that. */
  moved(position: number, added: Mark | null): MarksMove {
    const removed: Mark[] = []
    const kept: Mark[] = []
    const dense = this.#marks.length - DENSE
    for (const [i, mark] of this.#marks.entries()) {
      const before = kept.at(-1)?.position ?? -SPARSE
      const stays =
        mark.position <= position &&
        mark.position !== added?.position &&
        (i >= dense || mark.position - before >= SPARSE)
      ;(stays ? kept : removed).push(mark)
    }
    if (added !== null) kept.push(added)
    return { after: new IndexMarks(kept), added, removed }
  }
}

async function holds(log: IndexLog, { position, hash }: Mark): Promise<boolean> {
  if (position > log.length) return false
  return b4a.equals(hash, await log.treeHash(position))
}
