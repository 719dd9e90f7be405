/** Where files land on their way in, and what is known of them before. */
import type { Seal } from '../../protocol/seal.ts'
import type { BlobTurn, BlobWriter } from './blob-writer.ts'
import type { Partial, Partials, Slot } from './partials.ts'
import type { Spool, SpooledFile } from './spool.ts'

/**
 * How a file gets to the drive: `true` straight into it, waiting for the turn to
 * write; `if-idle` straight into it as long as nobody else wants to write; `false`
 * by way of the spool.
 */
export type Directness = boolean | 'if-idle'

/** What is shared by all files on their way in. */
export interface Landing {
  writer: BlobWriter
  spool: Spool
  partials: Partials
  /** Bytes that small files hold in memory now. */
  memory: { used: number }
}

/** What is known of a file before its first byte. */
export interface Expected {
  direct: Directness
  size: number | null
  layer: (() => Uint8Array | null) | undefined
  /** What seals it on its way straight into the drive; null where files lie open. */
  seal: Seal | null
  /** Where its half is noted; null for a file that is not resumed. */
  slot: Slot | null
}

/**
 * What is there of a half file, in a turn when it is still the blob core's tail and nobody
 * else writes; else in the spool, moved there if it must be.
 */
export async function takeUp(
  { writer, spool }: Landing,
  { place }: Partial
): Promise<{ turn: BlobTurn; spooled: null } | { turn: null; spooled: SpooledFile }> {
  if ('spool' in place) return { turn: null, spooled: await spool.reopen(place.spool) }
  const { start, byte, end } = place
  if (end === null) return { turn: null, spooled: spool.createFile() }
  const turn = writer.resumeIfIdle({ start, byte, end })
  if (turn !== null) return { turn, spooled: null }
  const spooled = spool.createFile()
  for (let i = start; i < end; i++) {
    const block = await writer.core.get(i, { wait: false })
    if (block === null) break
    await spooled.write([block])
  }
  return { turn: null, spooled }
}
