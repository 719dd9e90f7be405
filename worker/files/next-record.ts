import type { HypertunaError } from '../../protocol/errors.ts'
import type { StateReader } from '../relays/state.ts'
import { chooseRecord, recordsOf } from './synced-file.ts'
import type { Doubts, SyncedFile } from './synced-file.ts'

/** What comes of a record whose size or piecesRoot is not the file's. */
const OF_WRONG_RECORDS = ['HASH_MISMATCH', 'WRONG_BYTES', 'TOO_LARGE', 'TRUNCATED']

/** By whom it is to be believed, and where else it is told of. */
interface Telling {
  /** Hashes of files and ids of records; a record that proved wrong is put there. */
  doubts: Doubts
  state: StateReader
}

/**
 * Whether a fetch that failed is begun again by another record of its file. The oldest record
 * counts, but a wrong one must not hide what others say of the file.
 */
export async function hasNextRecord(
  { hash, eventId, size, piecesRoot }: SyncedFile,
  { code }: HypertunaError,
  { doubts, state }: Telling
): Promise<boolean> {
  if (!OF_WRONG_RECORDS.includes(code)) return false
  doubts.add(eventId)
  const next = chooseRecord(await recordsOf(state, hash), doubts)
  const isNew = next !== null && !doubts.has(next.eventId)
  return isNew && (next.size !== size || next.piecesRoot !== piecesRoot)
}
