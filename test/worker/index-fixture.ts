/** A log in memory and made-up events, for tests of the index without a relay. */
import b4a from 'b4a'
import sodium from 'sodium-universal'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { silent } from '../../worker/log.ts'
import { EventIndex } from '../../worker/relays/event-index.ts'
import type { IndexSource } from '../../worker/relays/event-index.ts'
import type { IndexLog } from '../../worker/relays/index-log.ts'
import { EventQuery } from '../../worker/relays/query.ts'
import { eventOf } from '../../worker/relays/terms.ts'
import { parseFilter } from '../../protocol/filter.ts'
import type { TestContext } from './member.ts'

/** The same numbers for the same seed (mulberry32). */
export function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

export const hex = (seed: number, kind = 'id'): string => {
  const out = b4a.alloc(32)
  sodium.crypto_generichash(out, b4a.from(`${kind}:${seed}`))
  return b4a.toString(out, 'hex')
}

/** An event nobody signed: the index asks no signatures. */
export function makeEvent(n: number, fields: Partial<NostrEvent> = {}): NostrEvent {
  const { tags = [], kind = 9, content = `words ${n}` } = fields
  const { created_at = 1_700_000_000 + n, pubkey = hex(0, 'author'), id = hex(n) } = fields
  return { id, pubkey, created_at, kind, tags, content, sig: '0'.repeat(128) }
}

/** A log as the view has one: appended to, cut off, and hashed as a whole. */
export class MemoryLog implements IndexLog {
  readonly events: NostrEvent[] = []
  reads = 0

  get length(): number {
    return this.events.length
  }

  get(position: number): Promise<Uint8Array> {
    this.reads++
    const event = this.events[position]
    if (event === undefined) return Promise.reject(new Error('no such block'))
    return Promise.resolve(b4a.from(JSON.stringify(event)))
  }

  treeHash(length: number): Promise<Uint8Array> {
    const out = b4a.alloc(32)
    const ids = this.events.slice(0, length).map(({ id }) => id)
    sodium.crypto_generichash(out, b4a.from(ids.join('')))
    return Promise.resolve(out)
  }
}

export interface Source extends IndexSource {
  log: MemoryLog
  /** What acts at a position did to others. */
  changes: Map<number, { position: number; visible: boolean }[]>
}

export function makeSource(): Source {
  const changes: Source['changes'] = new Map()
  const state = {
    changes: (position: number) => Promise.resolve(changes.get(position) ?? [])
  }
  return { relayKey: '1'.repeat(64), log: new MemoryLog(), changes, state }
}

export async function openIndex(
  t: TestContext,
  source: IndexSource,
  path: string,
  options: { segment?: number } = {}
): Promise<EventIndex> {
  const index = new EventIndex({ source, path, log: silent, ...options })
  t.teardown(() => index.close())
  await index.ready()
  return index
}

/** The events that the index answers filters with. */
export async function ask(
  index: EventIndex,
  filters: unknown[],
  now = 1_700_000_000
): Promise<NostrEvent[]> {
  const reader = await index.read()
  if (reader === null) throw new Error('the index is behind')
  const found: NostrEvent[] = []
  for await (const entry of new EventQuery(reader, filters.map(parseFilter), { now })) {
    found.push(eventOf(entry))
  }
  await reader.close()
  return found
}
