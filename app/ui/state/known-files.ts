import type { FilesUpdate, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { availabilityRank } from '../parts/media.ts'

/** The files of a group as the page knows them. */
export interface KnownFiles {
  readonly byHash: ReadonlyMap<string, SharedFile>
  /**
   * The same files in a list that is another one only when something changed by which files are
   * found, ordered or counted. How far a fetch is, for one, is no such thing: of thousands of
   * files in order, nothing has to be worked out anew while some of them come.
   */
  readonly listed: readonly SharedFile[]
}

export const NO_FILES: KnownFiles = { byHash: new Map(), listed: [] }

export function patchFiles(known: KnownFiles, { reset, files, removed }: FilesUpdate): KnownFiles {
  const byHash = new Map(reset ? [] : known.byHash)
  let same = !reset
  for (const hash of removed) if (byHash.delete(hash)) same = false
  for (const file of files) {
    same &&= isAlike(byHash.get(file.hash), file)
    byHash.set(file.hash, file)
  }
  return { byHash, listed: same ? known.listed : [...byHash.values()] }
}

/** Whether lists have no reason to look at a file again. */
function isAlike(old: SharedFile | undefined, file: SharedFile): boolean {
  return (
    old !== undefined &&
    old.name === file.name &&
    old.path === file.path &&
    old.mime === file.mime &&
    old.size === file.size &&
    old.createdAt === file.createdAt &&
    old.eventId === file.eventId &&
    old.pubkey === file.pubkey &&
    old.here === file.here &&
    old.phase === file.phase &&
    old.pinned === file.pinned &&
    old.link === file.link &&
    availabilityRank(old) === availabilityRank(file)
  )
}
