import b4a from 'b4a'

import type { NostrEvent } from '../../protocol/nostr.ts'

/** What the index asks of a log: a Hypercore is one. */
export interface IndexLog {
  readonly length: number
  get(position: number, options: { timeout: number }): Promise<Uint8Array>
  /** A hash over all blocks before a length. */
  treeHash(length: number): Promise<Uint8Array>
}

/** Events written at once, and how many bytes of them. */
const BATCH_EVENTS = 2048
const BATCH_BYTES = 2 * 1024 * 1024
/** Blocks read at once. */
const READ = 64

/** The log could not be read, which says nothing about the index. */
export class LogUnread extends Error {}

/** @throws {LogUnread} for whatever the reading failed with */
export async function unread<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (cause) {
    throw new LogUnread(String(cause), { cause })
  }
}

export interface ReadEvent {
  event: NostrEvent
  json: string
}

/** The next events; null when the log changed under the reading. */
export async function readBlocks(
  log: IndexLog,
  start: number
): Promise<{ events: ReadEvent[]; hash: Uint8Array } | null> {
  const events: ReadEvent[] = []
  const most = Math.min(log.length, start + BATCH_EVENTS)
  const before = await log.treeHash(most)
  let bytes = 0
  let position = start
  while (position < most && bytes < BATCH_BYTES) {
    const end = Math.min(most, position + READ)
    const reading: Promise<Uint8Array>[] = []
    for (; position < end; position++) reading.push(log.get(position, { timeout: 30_000 }))
    for (const block of await Promise.all(reading)) {
      bytes += block.byteLength
      const json = b4a.toString(block)
      events.push({ event: JSON.parse(json) as NostrEvent, json })
    }
  }
  if (log.length < most || !b4a.equals(before, await log.treeHash(most))) return null
  return { events, hash: position === most ? before : await log.treeHash(position) }
}
