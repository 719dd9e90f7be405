/**
 * Where words are in the log. A text has some twenty of them, and a record for each of
 * every event is most of what an index would write; so a record has the events of one
 * word in a segment of the log, as their positions and times.
 *
 * A record names who may have the word: the events are asked once more, as what stands at
 * a position may have changed since.
 */
import b4a from 'b4a'
import c from 'compact-encoding'
import type { State } from 'compact-encoding'

/** A stretch of the log whose words are on the disk. */
export interface Segment {
  from: number
  /** The first position after it. */
  to: number
  /** The latest time of its events, as {@link timeOf}. */
  newest: number
}

/** One event's words, until they are on the disk. */
export interface Row {
  position: number
  /** As {@link timeOf}. */
  time: number
  /** All of them with a space on either side: to look for one is to look for ` one `. */
  words: string
}

export interface Posting {
  position: number
  time: number
}

/** Later ones count as this: double of it is still a whole number. */
const LAST = 2 ** 50
/** Bytes that a number may take. */
const NUMBER = 9
/**
 * Rows, or words, that are gone through at once, in 1 to 2 ms. All of a segment are 20 to 30,
 * for which every event that came meanwhile had to wait.
 */
const PIECE = 256

/** An event's time, in seconds, as postings have it. */
export const timeOf = (createdAt: number): number =>
  Math.min(LAST, Math.max(0, Math.trunc(createdAt)))

/**
 * The words of rows, and for each of them its postings, encoded. Others have their turn
 * between the pieces.
 */
export async function* encodeRows(
  rows: readonly Row[],
  from: number,
  turn = nextTurn
): AsyncGenerator<[word: string, postings: Uint8Array], void, undefined> {
  const found = new Map<string, number[]>()
  for (const [i, { words }] of rows.entries()) {
    if (i % PIECE === PIECE - 1) await turn()
    if (words === '') continue
    for (const word of words.slice(1, -1).split(' ')) {
      const at = found.get(word)
      if (at === undefined) found.set(word, [i])
      else at.push(i)
    }
  }
  let count = 0
  for (const [word, at] of found) {
    if (count++ % PIECE === 0) await turn()
    yield [word, encode(rows, at, from)]
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** How many, and then each by how much it is further than the one before. */
function encode(rows: readonly Row[], at: readonly number[], from: number): Uint8Array {
  const size = NUMBER * (1 + 2 * at.length)
  const buffer = scratchOf(size)
  const state: State = { start: 0, end: size, buffer }
  c.uint.encode(state, at.length)
  let position = from
  let time = 0
  for (const i of at) {
    const row = rows[i]!
    c.uint.encode(state, row.position - position)
    c.int.encode(state, row.time - time)
    position = row.position
    time = row.time
  }
  return b4a.from(buffer.subarray(0, state.start))
}

let scratch = b4a.allocUnsafe(1024)

function scratchOf(size: number): Uint8Array {
  if (scratch.byteLength < size) scratch = b4a.allocUnsafe(2 * size)
  return scratch
}

/** How many postings a record has. */
export function lengthOf(postings: Uint8Array): number {
  return c.uint.decode(stateOf(postings))
}

export function decode(postings: Uint8Array, from: number): Posting[] {
  const state = stateOf(postings)
  const found: Posting[] = []
  let position = from
  let time = 0
  for (let left = c.uint.decode(state); left > 0; left--) {
    position += c.uint.decode(state)
    time += c.int.decode(state)
    found.push({ position, time })
  }
  return found
}

const stateOf = (buffer: Uint8Array): State => ({ start: 0, end: buffer.byteLength, buffer })
