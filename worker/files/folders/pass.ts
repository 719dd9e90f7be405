/** One look at a folder and its group: what both have, and what they last agreed on. */
import type { Drive } from '../drive.ts'
import type { Group } from '../../relays/group.ts'
import type { Sync } from '../sync.ts'
import type { Signal } from '../../../protocol/file-channel/channel.ts'
import type { ImportJob } from './importer.ts'
import type { LocalFile, LocalFolder } from './local-folder.ts'
import type { PublishPlace } from './publish-batch.ts'
import type { SkipList } from './skip-list.ts'
import type { FolderTable, Row } from './table.ts'
import type { TreeReader } from './tree.ts'

/** What a kept folder works with, from one pass to the next. */
export interface Keeping {
  group: Group
  sync: Sync
  drive: Drive
  folder: LocalFolder
  table: FolderTable
  tree: TreeReader
  /** Our pubkey. */
  pubkey: string
  nameOf(pubkey: string): Promise<string>
  place(): PublishPlace
  /** Imports as a transfer of its own. */
  importing(items: number, size: number, job: ImportJob, files: LocalFile[]): Promise<void>
  /** Many files at once may go, because a person said so. */
  acceptDeletions: boolean
  signal: Signal
}

export interface Pass extends Keeping {
  files: Map<string, LocalFile>
  /** Paths, and folders with a `/` at their end, of which it is not known what is there. */
  unseen: Set<string>
  rows: Map<string, Row>
  skips: SkipList
  /** What is to be done again in a moment: a file moved while we looked. */
  again: boolean
  /** Files of the group that are not on this device yet. */
  missing: number
  wanted: Set<string>
  /** Why deletions were not carried out; null when nothing was held back. */
  held: string | null
}

/** So many files that go at once are rather a disk that is not there. */
const MANY = 20

/** Whether so many deletions need a person's word. */
export function isMass(count: number, of: number): boolean {
  return count >= MANY && count * 2 > of
}

export async function beginPass(keeping: Keeping, skips: SkipList): Promise<Pass> {
  const files = new Map<string, LocalFile>()
  const unseen = new Set<string>()
  for await (const file of keeping.folder.scan((skipped) => {
    unseen.add(skipped.path)
    skips.add(skipped)
  })) {
    files.set(file.path, file)
  }
  const rows = new Map<string, Row>()
  for await (const row of keeping.table.rows()) rows.set(row.path, row)
  return {
    ...keeping,
    files,
    unseen,
    rows,
    skips,
    again: false,
    missing: 0,
    wanted: new Set(),
    held: null
  }
}

/** Whether something may be at a path that the scan did not tell of. */
export function isUnseen({ unseen, folder }: Pass, path: string): boolean {
  if (unseen.has(path) || folder.rules.has(path)) return true
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    if (unseen.has(path.slice(0, at + 1)) || unseen.has(path.slice(0, at))) return true
  }
  return false
}

export async function putRows(pass: Pass, rows: Row[]): Promise<void> {
  for (const row of rows) pass.rows.set(row.path, row)
  if (rows.length > 0) await pass.table.put(rows)
}

export async function dropRows(pass: Pass, paths: string[]): Promise<void> {
  for (const path of paths) pass.rows.delete(path)
  if (paths.length > 0) await pass.table.delete(paths)
}
