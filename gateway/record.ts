import { HypertunaError } from '../protocol/errors.ts'
import { parseFiles, type FileRecord, type NamedFile } from '../protocol/file-event.ts'
import { parsePublicIdentifier } from '../protocol/ids.ts'
import { tagValue, tagValues, verifyEvent, type NostrEvent } from '../protocol/nostr.ts'

/** Blossom's and NIP-98's. */
const AUTHORIZATIONS: ReadonlySet<number> = new Set([24242, 27235])
/** Seconds that a file is held at most, and an authorization may be older than it. */
const HELD = 7200

export function isAuthorization({ kind }: NostrEvent): boolean {
  return AUTHORIZATIONS.has(kind)
}

/**
 * The record of a file in an event whose signature holds; whether its author is a
 * member is another question.
 *
 * @throws {HypertunaError} WRONG_BYTES
 */
export function recordOf(
  event: unknown,
  publicIdentifier: string,
  hash: string
): { record: NamedFile; eventId: string; author: string } {
  if (!verifyEvent(event) || isAuthorization(event)) {
    throw bad('The event that published the file is not a valid one')
  }
  if (tagValue(event, 'h') !== parsePublicIdentifier(publicIdentifier).alias) {
    throw bad('The event that came is of another relay')
  }
  const record = parseFiles(event).find((file) => file.hash === hash)
  if (record === undefined) throw bad('The event that came is about other files')
  return { record, eventId: event.id, author: event.pubkey }
}

/**
 * A file that a member brought a moment ago and that waits for the event that names it:
 * what its author signed to bring it. Its size and type are told by who holds it, and its
 * bytes are known by the hash alone.
 *
 * @throws {HypertunaError} WRONG_BYTES
 */
export function heldRecordOf(
  event: NostrEvent,
  hash: string,
  { size, mime }: { size: number; mime: string | null }
): { record: FileRecord; eventId: string; author: string } {
  const now = Math.floor(Date.now() / 1000)
  const named = tagValues(event, 'x').includes(hash) || tagValue(event, 'payload') === hash
  if (
    !verifyEvent(event) ||
    !named ||
    event.created_at < now - HELD ||
    event.created_at > now + HELD
  ) {
    throw bad('What came with the file is no authorization for it')
  }
  const rest = { url: null, name: null, path: null, piecesRoot: null }
  return { record: { hash, size, mime, ...rest }, eventId: event.id, author: event.pubkey }
}

/** What a member sent that is not what was published. */
export function bad(message: string): HypertunaError {
  return new HypertunaError('WRONG_BYTES', message)
}
