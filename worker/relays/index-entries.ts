/** Entries of the index by what leads to them, read together: one by one costs five times as much. */
import type HyperDB from 'hyperdb'

import type { Entry, Term } from './terms.ts'

/** What an entry is kept by. */
export interface EntryKey {
  age: number
  id: Uint8Array
}

/** What a step through a term reads at first, and at most. */
const FIRST = 2
const PAGE = 128

/** In the order of the keys; null for one that is not there. */
export function entriesOf(
  db: HyperDB,
  keys: readonly (EntryKey | null)[]
): Promise<(Entry | null)[]> {
  db.cork()
  const reading = keys.map((key) => (key === null ? null : db.get<Entry>('@index/entry', key)))
  db.uncork()
  return Promise.all(reading)
}

/** The entries that stand at positions of the log; null where none does. */
export async function entriesAt(
  db: HyperDB,
  positions: readonly number[]
): Promise<(Entry | null)[]> {
  db.cork()
  const reading = positions.map((position) => db.get<EntryKey>('@index/place', { position }))
  db.uncork()
  return entriesOf(db, await Promise.all(reading))
}

/** All entries of a term, the newest first; a few at first, who asks may be content with those. */
export async function* entriesWith(
  db: HyperDB,
  term: Term
): AsyncGenerator<Entry, void, undefined> {
  const all = { gte: { term }, lte: { term } }
  let after: EntryKey | null = null
  for (let limit = FIRST; ; limit = Math.min(PAGE, limit * 2)) {
    const range: object = after === null ? all : { gt: { term, ...after }, lte: { term } }
    const keys: EntryKey[] = await db.find<EntryKey>('@index/term', { ...range, limit }).toArray()
    for (const entry of await entriesOf(db, keys)) if (entry !== null) yield entry
    const last: EntryKey | undefined = keys.at(-1)
    if (last === undefined || keys.length < limit) return
    after = { age: last.age, id: last.id }
  }
}

/** Those at a position and after it, in order. */
export async function* entriesFrom(
  db: HyperDB,
  position: number
): AsyncGenerator<Entry, void, undefined> {
  for (let from = position; ;) {
    const range = { gte: { position: from }, limit: PAGE }
    const places = await db.find<EntryKey & { position: number }>('@index/place', range).toArray()
    for (const entry of await entriesOf(db, places)) if (entry !== null) yield entry
    const last = places.at(-1)
    if (last === undefined || places.length < PAGE) return
    from = last.position + 1
  }
}
