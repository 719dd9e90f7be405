/** From the folder to the group: what a person changed, added and deleted in it. */
import { rename } from 'bare-fs/promises'

import { sanitizePath } from '../../../protocol/file-event.ts'
import { now } from '../../relays/group.ts'
import { KIND } from '../../relays/kinds.ts'
import type { Published, Wish } from './importer.ts'
import type { LocalFile } from './local-folder.ts'
import { Paths, conflictPath } from './names.ts'
import { dropRows, isMass, isUnseen, putRows } from './pass.ts'
import type { Pass } from './pass.ts'
import { appendFiles, signFiles } from './publish-batch.ts'
import type { Row } from './table.ts'
import { pathKey } from './tree.ts'
import type { Tree, TreeFile } from './tree.ts'

/** A file that changed this lately, in ms, may still be being written. */
const RESTING = 1000
/** Events that one deletion names. */
const TARGETS = 256

/** Publishes what is new or changed here, and takes back what was deleted here. */
export async function takeChanges(pass: Pass, tree: Tree): Promise<void> {
  const changed: LocalFile[] = []
  for (const file of pass.files.values()) {
    const row = pass.rows.get(file.path)
    if (row !== undefined && !row.absent && isUnchanged(row, file)) continue
    if (isResting(file)) changed.push(file)
    else pass.again = true
  }
  if (changed.length > 0) await publish(pass, tree, changed)
  const gone = [...pass.rows.values()].filter((row) => {
    return !row.absent && !pass.files.has(row.path) && !isUnseen(pass, row.path)
  })
  if (gone.length > 0) await takeBack(pass, tree, gone)
}

/** A row of no path, about a file of the group that is not to be written. */
const HIDDEN = '\0'

const hasPath = (key: string): boolean => key.startsWith(pathKey(''))

/** The path that a file has in the group, where it is known there, or gets. */
function recordedPath({ path }: LocalFile, row: Row | undefined): string | null {
  if (row === undefined || row.copy || !hasPath(row.key)) return sanitizePath(path)
  return row.key.slice(pathKey('').length)
}

export function isUnchanged(row: Row, file: LocalFile): boolean {
  return row.size === file.size && row.mtime === file.mtime
}

function isResting({ mtime }: LocalFile): boolean {
  const age = Date.now() - mtime
  return age < 0 || age >= RESTING
}

async function publish(pass: Pass, tree: Tree, changed: LocalFile[]): Promise<void> {
  const aside: { file: LocalFile; other: TreeFile }[] = []
  const adopted: Row[] = []
  const settled: { file: TreeFile; row: Row }[] = []
  const size = changed.reduce((sum, file) => sum + file.size, 0)
  const decide = (file: LocalFile, hash: string): Wish | null => {
    const row = pass.rows.get(file.path)
    if (row !== undefined && row.hash === hash && !row.absent) {
      adopted.push({ ...row, size: file.size, mtime: file.mtime })
      return null
    }
    const known = row === undefined ? undefined : tree.get(row.key)
    const recorded = recordedPath(file, row)
    if (recorded === null) {
      pass.skips.add({ path: file.path, reason: 'its path is too long' })
      return null
    }
    if (row !== undefined && !row.absent) {
      if (row.copy && known !== undefined) settled.push({ file: known, row })
      // What was posted without a path stays as it is; here its changed version is shown.
      if (!hasPath(row.key)) adopted.push({ ...row, path: HIDDEN + row.key, absent: true })
      if (row.copy || !hasPath(row.key)) return { path: recorded, replaces: [] }
      const base = known?.heads.find(({ ids }) => ids.includes(row.id))
      return { path: recorded, replaces: base?.ids ?? [row.id] }
    }
    const other = tree.get(pathKey(recorded)) ?? tree.get(`name:${hash}:${recorded}`)
    const same = other?.heads.find((head) => head.hash === hash)
    if (same !== undefined) adopted.push(rowOf(file, other!.key, same.eventId, hash))
    else if (other !== undefined && row === undefined) aside.push({ file, other })
    else return { path: recorded, replaces: other?.heads.flatMap(({ ids }) => ids) ?? [] }
    return null
  }
  const job = {
    decide,
    isLikelyKnown: (file: LocalFile) => {
      return pass.rows.has(file.path) || tree.has(pathKey(file.path))
    },
    onpublished: (published: Published[]) => putRows(pass, published.map(publishedRow)),
    onskip: ({ path, reason }: { path: string; reason: string }) => {
      pass.skips.add({ path, reason })
      pass.again = true
    },
    onprogress: () => {},
    signal: pass.signal
  }
  await pass.importing(changed.length, size, job, changed)
  await putRows(pass, adopted)
  for (const { file, row } of settled) await settle(pass, file, row)
  for (const { file } of aside) await putAside(pass, file)
}

/**
 * A file that was never in step with the group's file of its path goes to a name of its
 * own, and from there into the group: neither takes the other's place.
 */
async function putAside(pass: Pass, file: LocalFile): Promise<void> {
  const paths = new Paths()
  for (const path of pass.files.keys()) paths.hold(path)
  const who = await pass.nameOf(pass.pubkey)
  const path = conflictPath(file.path, who, Math.floor(file.mtime / 1000))
  const free = paths.take(path, file.mtime.toString(36))
  const there = await pass.folder.look(file.path)
  pass.again = true
  if (there === null || there.size !== file.size || there.mtime !== file.mtime) return
  if ((await pass.folder.obstacle(free)) !== null || (await pass.folder.look(free)) !== null) return
  await rename(pass.folder.pathOf(file.path), pass.folder.pathOf(free))
  pass.files.delete(file.path)
  pass.files.set(free, { ...file, path: free })
}

/** What was deleted here: our own records go, and others' files are not written again. */
async function takeBack(pass: Pass, tree: Tree, gone: Row[]): Promise<void> {
  const there = [...pass.rows.values()].filter(({ absent }) => !absent).length
  if (isMass(gone.length, there) && !pass.acceptDeletions) {
    pass.held = `${gone.length} of ${there} files are gone from the folder: they were not deleted from the group`
    return
  }
  const own: string[] = []
  const dropped: string[] = []
  const absent: Row[] = []
  for (const row of gone) {
    // Somebody may have put it back since the scan.
    if ((await pass.folder.look(row.path)) !== null) {
      pass.again = true
      continue
    }
    const file = tree.get(row.key)
    const head = file?.heads.find(({ ids }) => ids.includes(row.id))
    if (file === undefined || head === undefined) dropped.push(row.path)
    else if (row.copy) {
      await settle(pass, file, row)
      dropped.push(row.path)
    } else {
      const ours = file.versions.filter(({ pubkey }) => pubkey === pass.pubkey)
      own.push(...ours.map(({ eventId }) => eventId))
      const left = file.versions.find(({ pubkey }) => pubkey !== pass.pubkey)
      if (left === undefined) dropped.push(row.path)
      else {
        const id = head.pubkey === pass.pubkey ? left.eventId : row.id
        absent.push({ ...row, absent: true, id })
      }
    }
  }
  // First, so that a kill in between writes nothing again that was deleted.
  await putRows(pass, absent)
  await deleteOwn(pass, own)
  await dropRows(pass, dropped)
}

async function deleteOwn({ group }: Pass, ids: string[]): Promise<void> {
  const h = group.relay.facts?.alias ?? ''
  for (let at = 0; at < ids.length; at += TARGETS) {
    const targets = ids.slice(at, at + TARGETS).map((id) => ['e', id])
    const tags = [['h', h], ...targets, ['k', String(KIND.file)]]
    await group.publish({ kind: KIND.deletion, created_at: now(), tags, content: '' })
  }
}

/** A conflict copy that was deleted or went its own way is settled: the file replaces it for all. */
async function settle(pass: Pass, file: TreeFile, { id }: Row): Promise<void> {
  const [winner] = file.heads
  const copy = file.heads.find(({ ids }) => ids.includes(id))
  if (winner === undefined || copy === undefined || copy === winner) return
  if (file.key !== pathKey(file.path)) return
  const { hash, piecesRoot, mime } = winner
  const size = winner.size ?? pass.sync.files.get(hash)?.size ?? null
  if (size === null) return // once it came
  const replaces = [...winner.ids, ...copy.ids]
  const place = pass.place()
  const events = await signFiles(
    [{ hash, size, piecesRoot, mime, path: file.path, replaces }],
    place
  )
  await appendFiles(events, [], place)
}

function publishedRow({ file, wish, hash, eventId }: Published): Row {
  return rowOf(file, pathKey(wish.path), eventId, hash)
}

function rowOf({ path, size, mtime }: LocalFile, key: string, id: string, hash: string): Row {
  return { path, key, id, hash, size, mtime, copy: false, absent: false }
}
