/** Which files of a group are earlier versions: a newer one of the same path says to replace them. */
import { isHex32 } from '../protocol/ids.ts'
import { tagValues } from '../protocol/nostr.ts'
import type { SyncedFile } from './files/synced-file.ts'
import type { Relay } from './relays/relay.ts'

/** Versions of one path that are looked at, the newest. */
const MOST = 64

/** A file under one of its names. */
type Version = Pick<SyncedFile, 'hash' | 'eventId' | 'position' | 'createdAt'> & { path: string }

/**
 * Only paths that several files have are looked at, and of these the events are read.
 *
 * @returns `<hash> <event id>` of each earlier version, and the hashes that are nothing else;
 *   of two that replace each other neither, so that no path has nothing
 */
export async function replacedFiles(
  files: ReadonlyMap<string, SyncedFile>,
  relay: Pick<Relay, 'eventAt'>
): Promise<{ hashes: string[]; records: string[] }> {
  const replaced: Version[] = []
  for (const versions of byPath(files.values())) {
    const gone = await replacedBy(versions, relay)
    if (gone.length < versions.length) replaced.push(...gone)
  }
  const left = new Map<string, number>()
  for (const { hash } of replaced) {
    left.set(hash, (left.get(hash) ?? 1 + (files.get(hash)?.others.length ?? 0)) - 1)
  }
  return {
    hashes: [...left].flatMap(([hash, count]) => (count === 0 ? hash : [])),
    records: replaced.map(({ hash, eventId }) => `${hash} ${eventId}`)
  }
}

function byPath(files: Iterable<SyncedFile>): Version[][] {
  const paths = new Map<string, Version[]>()
  for (const file of files) {
    const { hash } = file
    for (const { eventId, position, createdAt, path } of [file, ...file.others]) {
      if (path === null) continue
      const version = { hash, eventId, position, createdAt, path }
      const same = paths.get(path)
      if (same === undefined) paths.set(path, [version])
      else same.push(version)
    }
  }
  const several = [...paths.values()].filter((versions) => versions.length > 1)
  return several.map((versions) => versions.sort(newestFirst).slice(0, MOST))
}

async function replacedBy(versions: Version[], relay: Pick<Relay, 'eventAt'>): Promise<Version[]> {
  const known = new Map(versions.map((version) => [version.eventId, version]))
  const replaced = new Set<Version>()
  for (const { eventId, position, hash } of versions) {
    const event = await relay.eventAt(position)
    if (event.id !== eventId) continue // the log is being put into another order
    for (const id of tagValues(event, 'replaces').filter(isHex32)) {
      const other = known.get(id)
      if (other !== undefined && other.hash !== hash) replaced.add(other)
    }
  }
  return [...replaced]
}

const newestFirst = (a: Version, b: Version): number =>
  b.createdAt - a.createdAt || (a.eventId < b.eventId ? -1 : 1)
