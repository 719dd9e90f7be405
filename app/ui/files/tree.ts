import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { isRasterImage } from '../intake/kinds.ts'
import { plainName } from '../plain-text.ts'
import { compareNames } from './query.ts'

/** A folder of the group: what files have in front of their names in their paths. */
export interface Folder {
  /** Relative, without a slash at its end */
  path: string
  name: string
  files: number
  bytes: number
  here: number
  /** Some pictures in it, for its cover */
  looks: SharedFile[]
}

/** Pictures on the cover of a folder */
const LOOKS = 4

/** The folder that a file lies in; empty for the top. */
export function folderOf({ path }: Pick<SharedFile, 'path'>): string {
  const end = path?.lastIndexOf('/') ?? -1
  return end < 0 ? '' : (path ?? '').slice(0, end)
}

/** Whether a file lies in a folder or below it. */
export function isBelow(file: SharedFile, folder: string): boolean {
  return folder === '' || file.path?.startsWith(`${folder}/`) === true
}

/** What a folder holds: the folders in it by name, and its own files. */
export function inFolder(
  files: readonly SharedFile[],
  folder: string
): { folders: Folder[]; files: SharedFile[] } {
  const folders = new Map<string, Folder>()
  const own: SharedFile[] = []
  const start = folder === '' ? 0 : folder.length + 1
  for (const file of files) {
    if (!isBelow(file, folder)) continue
    const slash = file.path?.indexOf('/', start) ?? -1
    if (slash < 0) {
      own.push(file)
      continue
    }
    const path = (file.path ?? '').slice(0, slash)
    const known = folders.get(path) ?? newFolder(path)
    known.files++
    known.bytes += file.size
    if (file.here) known.here++
    if (known.looks.length < LOOKS && isRasterImage(file.mime)) known.looks.push(file)
    folders.set(path, known)
  }
  const sorted = [...folders.values()].sort((a, b) => compareNames(a.name, b.name))
  return { folders: sorted, files: own }
}

function newFolder(path: string): Folder {
  return { path, name: nameOf(path), files: 0, bytes: 0, here: 0, looks: [] }
}

/** The folders on the way to one, from the top. */
export function wayTo(folder: string): { path: string; name: string }[] {
  if (folder === '') return []
  const parts = folder.split('/')
  return parts.map((_, index) => {
    const path = parts.slice(0, index + 1).join('/')
    return { path, name: nameOf(path) }
  })
}

function nameOf(path: string): string {
  return plainName(path.slice(path.lastIndexOf('/') + 1)) || '…'
}
