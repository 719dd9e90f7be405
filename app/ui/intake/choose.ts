/** A file that a person chose, with the path it had inside a chosen folder. */
export interface ChosenFile {
  id: string
  file: File
  name: string
  path: string | null
}

/** What was found in a drop or in a chosen folder. */
export interface FoundFiles {
  files: ChosenFile[]
  /** What systems leave behind and nobody means to share */
  leftOut: number
}

const OF_THE_SYSTEM =
  /^(?:\.DS_Store|\._.*|Thumbs\.db|ehthumbs\.db|desktop\.ini|\.directory|.*~|~\$.*|.*\.(?:part|crdownload|swp))$/i
const FOLDERS_OF_PROGRAMS = /(?:^|\/)(?:\.git|\.hg|\.svn|\.Trash-[^/]*|\$RECYCLE\.BIN)\//i

let count = 0

export function chosen(file: File, path: string | null = null, name = file.name): ChosenFile {
  return { id: `chosen-${++count}`, file, name, path }
}

/** The files of a chosen folder, with their paths in it. */
export function chosenFolder(list: FileList | null): FoundFiles {
  return withoutSystem([...(list ?? [])].map((file) => chosen(file, file.webkitRelativePath)))
}

/** Leaves out what nobody means to share; what was chosen by itself stays. */
export function withoutSystem(found: ChosenFile[]): FoundFiles {
  const files = found.filter(({ name, path }) => {
    return path === null || !(OF_THE_SYSTEM.test(name) || FOLDERS_OF_PROGRAMS.test(path))
  })
  return { files, leftOut: found.length - files.length }
}

/** Whether a drag or a paste carries files at all. */
export function carriesFiles(transfer: DataTransfer | null): boolean {
  return transfer !== null && [...transfer.types].includes('Files')
}

/**
 * Everything in a drop, folders walked to their ends. The entries are taken before the first
 * await, because a browser empties the list when the event is over.
 */
export async function filesOfDrop(transfer: DataTransfer): Promise<ChosenFile[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  if (entries.length === 0) return [...transfer.files].map((file) => chosen(file))
  const found: ChosenFile[] = []
  for (const entry of entries) await walk(entry, found)
  return found
}

/** The files of a paste; a screenshot has no name of its own worth keeping. */
export function filesOfPaste(transfer: DataTransfer, imageName: string): ChosenFile[] {
  return [...transfer.files].map((file) => {
    const extension = /^image\/(\w+)$/.exec(file.type)?.[1]
    const named = /^image\.\w+$/.test(file.name) && extension
    return chosen(file, null, named ? `${imageName} ${stamp()}.${extension}` : file.name)
  })
}

async function walk(entry: FileSystemEntry, found: ChosenFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject)
    )
    const path = entry.fullPath.replace(/^\//, '')
    found.push(chosen(file, path.includes('/') ? path : null))
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  // readEntries gives at most 100 at a time, and an empty list at the end
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    )
    if (some.length === 0) return
    for (const child of some) await walk(child, found)
  }
}

function stamp(): string {
  const now = new Date()
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  return `${day} ${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`
}
