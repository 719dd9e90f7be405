import b4a from 'b4a'

import type { NostrEvent } from '../../protocol/nostr.ts'

/** What the index asks of a log: a Hypercore is one. */
export interface IndexLog {
  readonly length: number
  /** Null for a block that is not on this device, when it is not waited for. */
  get(position: number, options: { timeout: number } | { wait: false }): Promise<Uint8Array | null>
  /** A hash over all blocks before a length. */
  treeHash(length: number): Promise<Uint8Array>
}

/** Events written at once, and how many bytes of them: eight times as many cost 150 MB, and are no faster. */
const BATCH_EVENTS = 256
const BATCH_BYTES = 2 * 1024 * 1024
/** ms that a block is waited for before it is looked at again whether it is here, and how often. */
const LOOK = 500
const LOOKS = 60
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
    const reading: Promise<Uint8Array | null>[] = []
    for (; position < end; position++) reading.push(readBlock(log, position))
    for (const block of await Promise.all(reading)) {
      if (block === null) return null
      bytes += block.byteLength
      const json = b4a.toString(block)
      events.push({ event: JSON.parse(json) as NostrEvent, json })
    }
  }
  if (log.length < most || !b4a.equals(before, await log.treeHash(most))) return null
  return { events, hash: position === most ? before : await log.treeHash(position) }
}

/**
 * A block; null when the log ends before it by now. Whoever waits for a block of
 * a log that is written anew meanwhile waits for the network, and may miss that
 * it is here again.
 */
export async function readBlock(log: IndexLog, position: number): Promise<Uint8Array | null> {
  let failure: unknown = null
  for (let look = 0; look < LOOKS; look++) {
    if (log.length <= position) return null
    const here = await log.get(position, { wait: false })
    if (here !== null) return here
    try {
      return await log.get(position, { timeout: LOOK })
    } catch (err) {
      failure = err
    }
  }
  throw failure
}
