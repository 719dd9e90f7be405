/** Which files of a relay go where in a folder: each to a path of its own, by its record. */
import { HypertunaError } from '../../../protocol/errors.ts'
import type { LocalFolder } from './local-folder.ts'
import { Paths, conflictPath, localPath } from './names.ts'
import type { SkipList } from './skip-list.ts'
import type { Head, Tree, TreeFile, Version } from './tree.ts'

/** One file that is to be in the folder. */
export interface Planned {
  path: string
  version: Version
  /** Beside another version of its path. */
  copy: boolean
}

export interface PlanOptions {
  folder: LocalFolder
  /** What a member is called in the name of a conflict copy. */
  nameOf(pubkey: string): Promise<string>
  skips: SkipList
}

export const NO_PATH = 'its path is too long'
export const LEFT_OUT = 'the folder’s rules leave it out'

/** Some of a relay's files, by their bytes and, of those with several names, by their records. */
export interface Choice {
  hashes: ReadonlySet<string>
  /** Null for all records of these hashes. */
  events: ReadonlySet<string> | null
}

/**
 * Every file with a path that no other one has on any file system.
 * @param choice those alone, old versions too; null for all files as they are now
 * @throws UNKNOWN_FILE for a hash that the tree does not have
 */
export async function planExport(
  tree: Tree,
  choice: Choice | null,
  { folder, nameOf, skips }: PlanOptions
): Promise<Planned[]> {
  const files = [...tree.values()].sort(oldestFirst)
  const paths = new Paths()
  const chosen: { wished: string; version: Version; copy: boolean }[] = []
  for (const file of files) {
    for (const [i, version] of choose(file, choice).entries()) {
      const wished = localPath(file.path)
      if (wished === null) skips.add({ path: file.path, reason: NO_PATH })
      else if (folder.rules.has(wished)) skips.add({ path: wished, reason: LEFT_OUT })
      else {
        paths.expect(wished)
        chosen.push({ wished, version, copy: i > 0 })
      }
    }
  }
  checkAll(choice?.hashes ?? null, chosen, skips)
  const planned: Planned[] = []
  // The files themselves take their paths first, then their copies.
  for (const copies of [false, true]) {
    for (const { wished, version, copy } of chosen) {
      if (copy !== copies) continue
      const note = version.hash.slice(0, 8)
      const { pubkey, createdAt } = version
      const path = copy ? conflictPath(wished, await nameOf(pubkey), createdAt) : wished
      planned.push({ path: paths.take(path, note), version, copy })
    }
  }
  return planned
}

function choose({ heads, versions }: TreeFile, choice: Choice | null): Version[] {
  if (choice === null) return heads
  const { hashes, events } = choice
  const found = new Map<string, Version>()
  for (const version of [...(heads as Head[]), ...versions]) {
    if (!hashes.has(version.hash) || found.has(version.hash)) continue
    if (events === null || events.has(version.eventId)) found.set(version.hash, version)
  }
  return [...found.values()]
}

function checkAll(
  hashes: ReadonlySet<string> | null,
  chosen: { version: Version }[],
  skips: SkipList
): void {
  if (hashes === null || skips.told().leftOut > 0) return
  const found = new Set(chosen.map(({ version }) => version.hash))
  for (const hash of hashes) {
    if (found.has(hash)) continue
    throw new HypertunaError('UNKNOWN_FILE', `The group has no file ${hash.slice(0, 8)}…`)
  }
}

/** So that who came first has the name, whoever came later. */
function oldestFirst(a: TreeFile, b: TreeFile): number {
  const [first, second] = [a.versions.at(-1)!, b.versions.at(-1)!]
  if ((first.path === null) !== (second.path === null)) return first.path === null ? 1 : -1
  return first.createdAt - second.createdAt || (a.key < b.key ? -1 : 1)
}
