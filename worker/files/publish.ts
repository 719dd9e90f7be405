/** Publishing: bytes are in the drive already; here the record joins them in the relay. */
import { decodeKey } from '../../protocol/bech32.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { fileTags, sanitizeName } from '../../protocol/file-event.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import { extensionFor, fileLink, isHex32 } from '../../protocol/ids.ts'
import { mimeFor } from '../../protocol/mime.ts'
import { signEvent } from '../../protocol/nostr.ts'
import type { PostFile, PostRequest } from '../../protocol/rpc/generated/types.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Identity } from '../identity.ts'
import { now } from '../relays/group.ts'
import type { Group } from '../relays/group.ts'
import { previousTag } from '../relays/newest.ts'
import { isKept, KIND } from '../relays/policy.ts'
import type { RelayRecord } from '../relays/records.ts'
import { readEventFacts } from '../relays/state-events.ts'
import type { Drive } from './drive.ts'
import { postOnce } from './post-once.ts'

/** What a face asks to post: `kind` 9 for words, 1063 for a file alone. */
export type Post = Omit<PostRequest, 'relayKey'>

interface Place {
  group: Group
  drive: Drive
  identity: Identity
  gateways: string[]
}

const CONTENT_LIMIT = 64 * 1024
const FILE_LIMIT = 64
const MENTION_LIMIT = 50
const MENTION = /nostr:(npub1[02-9ac-hj-np-z]{58})/g

/**
 * Announces us as provider, completes the tags with what was measured when the
 * bytes were stored, signs the event and appends it, in one batch; once, however often
 * the same post is asked for.
 * @throws BAD_REQUEST, UNKNOWN_FILE, NOT_MEMBER, NOT_ALLOWED
 */
export async function publish(post: Post, place: Place): Promise<NostrEvent> {
  check(post)
  const { postId = null, again } = post
  const name = { postId, again: again === true, author: place.identity.pubkey }
  return postOnce(place.group.relay, name, (tags) => append(post, place, tags))
}

async function append(
  post: Post,
  { group, drive, identity, gateways }: Place,
  named: string[][]
): Promise<NostrEvent> {
  const { facts, publicIdentifier, relayKey } = group.relay
  if (facts === null || publicIdentifier === null) {
    throw new HypertunaError('NOT_MEMBER', 'The group has not arrived on this device yet')
  }
  const link = (hash: string, extension: string | null): string =>
    fileLink(gateways[0] ?? null, publicIdentifier, hash, extension)
  const files = await Promise.all(
    post.files.map((file) => describe(file, { drive, relayKey, link }))
  )
  const tags = fileTags(files, { alias: facts.alias, driveKey: drive.key, kind: post.kind })
  if (post.replyTo) tags.push(['q', post.replyTo])
  for (const pubkey of mentioned(post.content)) tags.push(['p', pubkey])
  const previous = await previousTag(group.relay, identity.pubkey)
  if (previous !== null) tags.push(previous)
  tags.push(...named)
  const template = { kind: post.kind, created_at: now(), tags, content: post.content }
  const event = signEvent(template, identity.secretKey)
  const held = files.map(({ hash }) => hash)
  const records: RelayRecord[] = [{ type: 'event', event }]
  if (held.length > 0) {
    records.unshift({ type: 'announce', driveKey: drive.key, held, withdrawn: [] })
  }
  try {
    await group.relay.append(records)
  } catch (err) {
    // The same words in the same second are the same event: it is here.
    const known = await readEventFacts(group.relay.state, event.id).catch(() => {
      throw err // a store that takes nothing may tell nothing either, and why is said by that
    })
    if (known === null || !isKept(known)) throw err
  }
  for (const hash of held) await drive.annotate(relayKey, hash, { eventId: event.id })
  return event
}

/** Who is named in the words (NIP-27), each once. */
function mentioned(content: string): string[] {
  const pubkeys = [...content.matchAll(MENTION)].flatMap(([, npub]) => {
    try {
      return decodeKey('npub', npub ?? '')
    } catch {
      return [] // misspelt: it stays the text that it is
    }
  })
  return [...new Set(pubkeys)].slice(0, MENTION_LIMIT)
}

function check({ content, kind, files, replyTo }: Post): void {
  const wrong = (message: string): HypertunaError => new HypertunaError('BAD_REQUEST', message)
  if (kind !== KIND.chat && kind !== KIND.file) throw wrong('A post is of kind 9 or 1063')
  if (kind === KIND.file && files.length !== 1) throw wrong('Kind 1063 describes one file')
  if (content.length > CONTENT_LIMIT) throw wrong('A post has at most 64 KiB of text')
  if (files.length > FILE_LIMIT) throw wrong(`A post has at most ${FILE_LIMIT} files`)
  if (content.trim() === '' && files.length === 0) throw wrong('A post needs words or a file')
  if (replyTo && !isHex32(replyTo)) throw wrong('Not an event’s id')
  for (const { hash } of files) if (!isHex32(hash)) throw wrong('Not a file’s hash')
}

async function describe(
  file: PostFile,
  place: {
    drive: Drive
    relayKey: string
    link(hash: string, extension: string | null): string
  }
): Promise<FileRecord> {
  const entry = await place.drive.entry(place.relayKey, file.hash)
  if (entry === null) {
    throw new HypertunaError('UNKNOWN_FILE', 'Store the file before posting it')
  }
  const { metadata, size, hash } = entry
  const given = file.name ?? metadata.name
  const name = given === null ? null : sanitizeName(given)
  const mime = file.mime ?? metadata.mime ?? (name === null ? null : mimeFor(name))
  const url = file.fileUrl ?? place.link(hash, extensionFor(mime, name))
  const record: FileRecord = {
    hash,
    url,
    mime,
    size,
    name,
    path: file.path ?? null,
    piecesRoot: metadata.piecesRoot
  }
  if (file.dim) record.dim = file.dim
  if (file.alt) record.alt = file.alt
  if (file.thumbhash) record.thumbhash = file.thumbhash
  return record
}
