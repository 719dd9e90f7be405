import b4a from 'b4a'
import type Hypercore from 'hypercore'
import type Hyperdrive from 'hyperdrive'
import { isStill, markCore } from '../core-mark.ts'
import type { CoreMark } from '../core-mark.ts'
import type { Entries } from './entries.ts'
import { readKept } from './entry-value.ts'
import type { KeptFile } from './entry-value.ts'

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

/** A moment at which no block was there that nothing referred to. */
interface CleanMark {
  /** Of both cores: when it is still the same, nothing was written since. */
  state: string
  /** How the entries were. */
  drive: CoreMark
  /** Blocks of the blob core. */
  length: number
  /** Of half files. */
  partials: Span[]
  /** When all entries were looked at for it, in ms. */
  searchedAt: number
}

/** What has to be looked at, and what refers to something there. */
interface Search {
  places: Span[]
  /** All blocks from here on are looked at too. */
  tail: number
  used: Span[]
}

const CLEAN_MARK = 'hypertuna/clean'
/** After a kill all entries are looked at, when that was not done for so long, in ms. */
const LONG = 30 * 24 * 60 * 60_000

/**
 * Frees the blocks that nothing refers to: what a killed process had written of a file, or
 * had begun to clear. Looks at what was written since the drive was last known to be clean,
 * at all entries when that is not known, and at nothing when nothing was written.
 *
 * @param partials of half files that go on, which no entry refers to yet
 */
export async function reclaim(
  drive: Hyperdrive,
  entries: Entries,
  core: Hypercore,
  partials: Span[] = []
): Promise<Reclaimed> {
  const mark = await readMark(core)
  if (mark !== null && isClean(mark, drive, core, partials)) return { blocks: 0, searched: false }
  const since = mark === null ? null : await searchSince(mark, drive, entries, core)
  const search = since ?? (await searchAll(entries))
  search.used = [...search.used, ...partials].sort((a, b) => a.start - b.start)
  const blocks = await clearUnused(core, search)
  const searchedAt = since === null ? Date.now() : mark!.searchedAt
  await writeMark({ drive, core, partials, searchedAt })
  return { blocks, searched: true }
}

/** All of it: every entry, in one pass. */
async function searchAll(entries: Entries): Promise<Search> {
  const used: Span[] = []
  for await (const kept of entries.all()) used.push(...spansOf(kept))
  return { places: [], tail: 0, used }
}

/**
 * What was written, and what went, since the drive was clean. Null when that cannot be told.
 * A file that went keeps its blocks as long as another folder's entry refers to them.
 */
async function searchSince(
  mark: CleanMark,
  drive: Hyperdrive,
  entries: Entries,
  core: Hypercore
): Promise<Search | null> {
  if (Date.now() - mark.searchedAt > LONG || core.length < mark.length) return null
  if (!(await isStill(drive.core, mark.drive))) return null
  const used: Span[] = []
  const gone: KeptFile[] = []
  for await (const { left, right } of drive.diff(mark.drive.length, '/')) {
    const [now, before] = [left, right].map((entry) => (entry === null ? null : readKept(entry)))
    if (now) used.push(...spansOf(now))
    if (before && now?.blob.blockOffset !== before.blob.blockOffset) gone.push(before)
  }
  const places = [...mark.partials]
  for (const kept of gone) {
    const isUsed = await entries.isReferred(kept)
    ;(isUsed ? used : places).push(...spansOf(kept))
  }
  return { places, tail: mark.length, used }
}

/** Clears what is not used; `used` is in order. */
async function clearUnused(core: Hypercore, { places, tail, used }: Search): Promise<number> {
  let blocks = 0
  for (const place of places) {
    let at = place.start
    for (const { start, end } of used) {
      if (end <= at) continue
      if (start >= place.end) break
      blocks += await clearSpan(core, at, Math.min(start, place.end, core.length))
      at = end
    }
    blocks += await clearSpan(core, at, Math.min(place.end, core.length))
  }
  let at = tail
  for (const { start, end } of used) {
    if (end <= at) continue
    blocks += await clearSpan(core, at, Math.min(start, core.length))
    at = end
  }
  if (core.length <= at) return blocks
  for (const { start, end } of heldSpans(core, at, core.length)) blocks += end - start
  await cutTail(core, at)
  return blocks
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
export async function markClean(
  drive: Hyperdrive,
  core: Hypercore,
  partials: Span[]
): Promise<void> {
  const { searchedAt = 0 } = (await readMark(core)) ?? {}
  await writeMark({ drive, core, partials, searchedAt })
}

async function writeMark({
  drive,
  core,
  ...known
}: { drive: Hyperdrive; core: Hypercore } & Pick<
  CleanMark,
  'partials' | 'searchedAt'
>): Promise<void> {
  const { length } = core
  const mark: CleanMark = {
    state: state(drive, core),
    drive: await markCore(drive.core),
    length,
    ...known
  }
  await core.setUserData(CLEAN_MARK, b4a.from(JSON.stringify(mark)))
}

async function readMark(core: Hypercore): Promise<CleanMark | null> {
  const bytes = await core.getUserData(CLEAN_MARK)
  const text = bytes === null ? '' : b4a.toString(bytes)
  return text.startsWith('{') ? (JSON.parse(text) as CleanMark) : null // of a version before
}

/** Whether nothing was written since, and no half file was given up. */
function isClean(mark: CleanMark, drive: Hyperdrive, core: Hypercore, partials: Span[]): boolean {
  if (mark.state !== state(drive, core)) return false
  return mark.partials.every(({ start }) => partials.some((span) => span.start === start))
}

/** Changes with every write of the drive, finished or not. */
function state(drive: Hyperdrive, core: Hypercore): string {
  return [drive.version, drive.core.fork, core.length, core.fork].join('/')
}

function spansOf({ blob, layerBlob }: Pick<KeptFile, 'blob' | 'layerBlob'>): Span[] {
  const blobs = layerBlob === null ? [blob] : [blob, layerBlob]
  return blobs
    .filter(({ blockLength }) => blockLength > 0)
    .map(({ blockOffset, blockLength }) => ({ start: blockOffset, end: blockOffset + blockLength }))
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
