import { parseFiles, type NamedFile } from '../protocol/file-event.ts'
import { cleanText } from '../protocol/names.ts'
import { tagValue, type NostrEvent } from '../protocol/nostr.ts'
import type { RelayDescription } from '../protocol/relay-information.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { GatewayLimits } from './limits.ts'
import type { RelayPeers } from './relay-peers.ts'
import { queryRelay } from './relay-query.ts'

const MAX_NAME = 200
const MAX_ABOUT = 4000
const NO_DESCRIPTION: RelayDescription = { name: '', about: '', picture: '', banner: '' }

export interface PublishedFile {
  record: NamedFile
  /** Seconds since 1970. */
  at: number
  author: string
  event: NostrEvent
}

interface Options {
  limits: GatewayLimits
  signal: Signal
}

/** What a public group says of itself (39000), signed by its own key. Throws as `queryRelay`. */
export async function describeRelay(
  relay: RelayPeers,
  options: Options
): Promise<RelayDescription> {
  const { alias, membership } = relay
  const authors = [membership.relayPubkey]
  const filter = { kinds: [39000], authors, '#d': [alias], limit: 1 }
  const [event] = await queryRelay(relay, filter, options)
  if (event === undefined) return { ...NO_DESCRIPTION, name: alias }
  const value = (tag: string, most: number): string =>
    cleanText(tagValue(event, tag) ?? '').slice(0, most)
  return {
    name: value('name', MAX_NAME) || alias,
    about: value('about', MAX_ABOUT),
    picture: value('picture', MAX_NAME * 5),
    banner: value('banner', MAX_NAME * 5)
  }
}

/**
 * The files that members published up to a time, newest first; each once. Throws as
 * `queryRelay`.
 *
 * @param options.until seconds since 1970, or null for now
 * @param options.events how many events are looked at
 * @returns the files, and from where on there may be more (null when that was all)
 */
export async function listFiles(
  relay: RelayPeers,
  options: Options & { until: number | null; events: number }
): Promise<{ files: PublishedFile[]; next: number | null }> {
  const { until, events: limit } = options
  const filter = { kinds: [9, 1063], limit, ...(until === null ? {} : { until }) }
  const events = await queryRelay(relay, filter, options)
  const files = new Map<string, PublishedFile>()
  for (const event of [...events].sort((a, b) => b.created_at - a.created_at)) {
    if (!relay.membership.has(event.pubkey) || tagValue(event, 'h') !== relay.alias) continue
    for (const record of parseFiles(event)) {
      const file = { record, at: event.created_at, author: event.pubkey, event }
      if (!files.has(record.hash)) files.set(record.hash, file)
    }
  }
  const oldest = events.reduce((least, { created_at: at }) => Math.min(least, at), Infinity)
  const more = events.length >= limit && oldest > 0
  return { files: [...files.values()], next: more ? oldest - 1 : null }
}
