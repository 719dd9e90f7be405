import type Hypercore from 'hypercore'
import type Hyperdrive from 'hyperdrive'
import type { Entries } from './entries.ts'

/** Blocks of the blob core, `end` exclusive. */
interface Span {
  start: number
  end: number
}

export interface Reclaimed {
  /** Blocks that no entry referred to. */
  blocks: number
  /** False when the drive was closed in order and nothing had to be looked at. */
  searched: boolean
}

const CLEAN_MARK = 'hypertuna/clean'

/**
 * Frees the blocks that no entry refers to: what a killed process had written of a
 * file, or had begun to clear. Takes one pass over the entries, and none when the
 * drive was closed in order (`markClean`) and is as it was then.
 *
 * @param partials of half files that go on, which no entry refers to yet
 */
export async function reclaim(
  drive: Hyperdrive,
  entries: Entries,
  core: Hypercore,
  partials: Span[] = []
): Promise<Reclaimed> {
  const mark = await core.getUserData(CLEAN_MARK)
  if (mark !== null && Buffer.from(mark).toString() === state(drive, core)) {
    return { blocks: 0, searched: false }
  }
  const used = await usedSpans(entries, partials)
  let blocks = 0
  let at = 0
  for (const { start, end } of used) {
    blocks += await clearSpan(core, at, Math.min(start, core.length))
    at = Math.max(at, end)
  }
  if (core.length > at) {
    blocks += heldSpans(core, at, core.length).reduce((sum, { start, end }) => sum + end - start, 0)
    await cutTail(core, at)
  }
  return { blocks, searched: true }
}

/**
 * Takes away what lies beyond `length`. Clearing also drops nodes of the core's tree that a
 * shorter core would have as its roots, and then it cannot be cut there: so its tail is
 * cleared, which frees the same bytes.
 */
export async function cutTail(core: Hypercore, length: number): Promise<void> {
  try {
    await core.truncate(length)
  } catch (err) {
    if ((err as { code?: unknown }).code !== 'INVALID_OPERATION') throw err
    await clearSpan(core, length, core.length)
  }
}

/** Notes that nothing is under way, so that the next opening need not search. */
export async function markClean(drive: Hyperdrive, core: Hypercore): Promise<void> {
  await core.setUserData(CLEAN_MARK, Buffer.from(state(drive, core)))
}

/** Changes with every write of the drive, finished or not. */
function state(drive: Hyperdrive, core: Hypercore): string {
  return [drive.version, drive.core.fork, core.length, core.fork].join('/')
}

async function usedSpans(entries: Entries, partials: Span[]): Promise<Span[]> {
  const spans: Span[] = [...partials]
  for await (const { blob, layerBlob } of entries.all()) {
    for (const { blockOffset, blockLength } of [blob, layerBlob ?? blob]) {
      if (blockLength > 0) spans.push({ start: blockOffset, end: blockOffset + blockLength })
    }
  }
  return spans.sort((a, b) => a.start - b.start)
}

/** How many blocks of the core are on this disk. */
export function countHeld(core: Hypercore): number {
  return heldSpans(core, 0, core.length).reduce((sum, { start, end }) => sum + end - start, 0)
}

/**
 * Clears what is there between `start` and `end`. Gaps of files removed long ago are
 * empty already: the bitfield tells, so that they cost nothing.
 */
async function clearSpan(core: Hypercore, start: number, end: number): Promise<number> {
  let cleared = 0
  for (const held of heldSpans(core, start, end)) {
    await core.clear(held.start, held.end)
    cleared += held.end - held.start
  }
  return cleared
}

function heldSpans(core: Hypercore, start: number, end: number): Span[] {
  const { bitfield } = core.core
  const spans: Span[] = []
  for (let at = start; at < end;) {
    const first = bitfield.firstSet(at)
    if (first === -1 || first >= end) break
    const gap = bitfield.firstUnset(first)
    const last = gap === -1 ? end : Math.min(gap, end)
    spans.push({ start: first, end: last })
    at = last
  }
  return spans
}
