import type { FilesUpdate, OtherName, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { availabilityRank } from '../parts/media.ts'

/**
 * A file under one of its names. The same bytes are kept once, whatever they are called and
 * wherever they lie; for people each name is a file, to be found, saved and removed by itself.
 */
export interface NamedFile extends SharedFile {
  /** Tells it from the same bytes under other names; missing for the first one */
  key?: string
}

/** What a file in a list is known by. */
export function keyOf(file: NamedFile): string {
  return file.key ?? file.hash
}

/** The one record that calls a file so, whichever of its names comes first. */
export function recordOf({ hash, eventId }: Pick<SharedFile, 'hash' | 'eventId'>): string {
  return `${hash} ${eventId}`
}

/** The files of a group as the page knows them. */
export interface KnownFiles {
  /** The first name of a file by its hash, others beside it */
  readonly byKey: ReadonlyMap<string, NamedFile>
  /**
   * The same files in a list that is another one only when something changed by which files are
   * found, ordered or counted. How far a fetch is, for one, is no such thing: of thousands of
   * files in order, nothing has to be worked out anew while some of them come.
   */
  readonly listed: readonly NamedFile[]
}

export const NO_FILES: KnownFiles = { byKey: new Map(), listed: [] }

export function patchFiles(known: KnownFiles, { reset, files, removed }: FilesUpdate): KnownFiles {
  const byKey = new Map(reset ? [] : known.byKey)
  let same = !reset
  for (const hash of removed) if (forget(byKey, hash)) same = false
  for (const file of files) {
    const old = byKey.get(file.hash)
    same &&= isAlike(old, file)
    if (old?.others) forget(byKey, file.hash)
    byKey.set(file.hash, file)
    for (const other of file.others ?? []) {
      const one = named(file, other)
      byKey.set(keyOf(one), one)
    }
  }
  return { byKey, listed: same ? known.listed : [...byKey.values()] }
}

/** @returns whether it was there */
function forget(byKey: Map<string, NamedFile>, hash: string): boolean {
  const file = byKey.get(hash)
  for (const { eventId } of file?.others ?? []) byKey.delete(recordOf({ hash, eventId }))
  return byKey.delete(hash)
}

function named(file: SharedFile, other: OtherName): NamedFile {
  const { eventId, pubkey, createdAt, name, path } = other
  const { hash } = file
  const told = { eventId, pubkey, createdAt, name, path, mime: other.mime ?? file.mime }
  return { ...file, ...told, others: null, key: recordOf({ hash, eventId }) }
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
    availabilityRank(old) === availabilityRank(file) &&
    idsOf(old.others) === idsOf(file.others)
  )
}

function idsOf(others: readonly OtherName[] | null | undefined): string {
  return others?.map(({ eventId }) => eventId).join() ?? ''
}
