import { HypertunaError } from '../protocol/errors.ts'
import { parseFiles, type FileRecord } from '../protocol/file-event.ts'
import { parsePublicIdentifier } from '../protocol/ids.ts'
import { tagValue, verifyEvent } from '../protocol/nostr.ts'

/** Kinds that publish files: a message with files, and a file alone (NIP-94). */
const FILE_KINDS: ReadonlySet<number> = new Set([9, 1063])

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
): { record: FileRecord; eventId: string; author: string } {
  if (!verifyEvent(event) || !FILE_KINDS.has(event.kind)) {
    throw bad('The event that published the file is not a valid one')
  }
  if (tagValue(event, 'h') !== parsePublicIdentifier(publicIdentifier).alias) {
    throw bad('The event that came is of another relay')
  }
  const record = parseFiles(event).find((file) => file.hash === hash)
  if (record === undefined) throw bad('The event that came is about other files')
  return { record, eventId: event.id, author: event.pubkey }
}

/** What a member sent that is not what was published. */
export function bad(message: string): HypertunaError {
  return new HypertunaError('WRONG_BYTES', message)
}
