/** Which files of a group are earlier versions: a newer one of the same path says to replace them. */
import { isHex32 } from '../protocol/ids.ts'
import { tagValues } from '../protocol/nostr.ts'
import type { SyncedFile } from './files/synced-file.ts'
import type { Relay } from './relays/relay.ts'

/** Versions of one path that are looked at, the newest. */
const MOST = 64

/**
 * Only paths that several files have are looked at, and of these the events are read.
 *
 * @returns hashes; of two that replace each other neither, so that no path has nothing
 */
export async function replacedFiles(
  files: Iterable<SyncedFile>,
  relay: Pick<Relay, 'eventAt'>
): Promise<string[]> {
  const replaced: string[] = []
  for (const versions of byPath(files)) {
    const gone = await replacedBy(versions, relay)
    if (gone.length < versions.length) replaced.push(...gone)
  }
  return replaced
}

function byPath(files: Iterable<SyncedFile>): SyncedFile[][] {
  const paths = new Map<string, SyncedFile[]>()
  for (const file of files) {
    if (file.path === null) continue
    const same = paths.get(file.path)
    if (same === undefined) paths.set(file.path, [file])
    else same.push(file)
  }
  const several = [...paths.values()].filter((versions) => versions.length > 1)
  return several.map((versions) => versions.sort(newestFirst).slice(0, MOST))
}

async function replacedBy(
  versions: SyncedFile[],
  relay: Pick<Relay, 'eventAt'>
): Promise<string[]> {
  const hashOf = new Map(versions.map(({ eventId, hash }) => [eventId, hash]))
  const replaced = new Set<string>()
  for (const { eventId, position, hash } of versions) {
    const event = await relay.eventAt(position)
    if (event.id !== eventId) continue // the log is being put into another order
    for (const id of tagValues(event, 'replaces').filter(isHex32)) {
      const other = hashOf.get(id)
      if (other !== undefined && other !== hash) replaced.add(other)
    }
  }
  return [...replaced]
}

const newestFirst = (a: SyncedFile, b: SyncedFile): number =>
  b.createdAt - a.createdAt || (a.eventId < b.eventId ? -1 : 1)
