/** A folder into a relay, once: what is published of it already is left alone. */
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Signal } from '../../../protocol/file-channel/channel.ts'
import { sanitizePath } from '../../../protocol/file-event.ts'
import type { Progress, Reports } from '../transfers.ts'
import { Importer } from './importer.ts'
import type { ImporterOptions, Wish } from './importer.ts'
import { LocalFolder } from './local-folder.ts'
import type { LocalFile, Skipped } from './local-folder.ts'
import { SkipList } from './skip-list.ts'
import type { FolderTable, Row } from './table.ts'
import { TreeReader, pathKey } from './tree.ts'
import type { Tree } from './tree.ts'

export interface Imported {
  published: number
  unchanged: number
  /** Bytes of what was published. */
  bytes: number
  skipped: Skipped[]
  /** All that was left out, also beyond the list. */
  leftOut: number
}

export interface ImportOptions extends ImporterOptions {
  folder: string
  /** Recorded in front of each path; empty for none. */
  prefix: string
  /** What earlier imports of this folder saw, so that they are not read again. */
  table: FolderTable
  signal: Signal
  onprogress: Progress
  reports: Reports
}

/**
 * Publishes what is new or changed in a folder.
 * @throws SOURCE_UNREADABLE, BAD_REQUEST, CANCELLED, CLOSED, NOT_ALLOWED, STORAGE_*
 */
export async function importFolder(options: ImportOptions): Promise<Imported> {
  const folder = new LocalFolder(options.folder)
  await folder.ready()
  return new FolderImport(options, folder).run()
}

/** Files that are looked up in the table at once. */
const LOOKS = 64

class FolderImport {
  readonly #options: ImportOptions
  readonly #folder: LocalFolder
  readonly #skips = new SkipList()
  readonly #result = { published: 0, unchanged: 0, bytes: 0 }
  /** Of the files of this run: two that are recorded alike cannot both be published. */
  readonly #taken = new Map<string, string>()
  #tree: Tree = new Map()

  constructor(options: ImportOptions, folder: LocalFolder) {
    this.#options = options
    this.#folder = folder
  }

  async run(): Promise<Imported> {
    const { signal, onprogress, reports, place, table } = this.#options
    const onskip = (skipped: Skipped): void => this.#skips.add(skipped)
    let [size, items] = [0, 0]
    for await (const file of this.#folder.scan(() => {})) {
      if (signal.aborted) throw new HypertunaError('CANCELLED', 'It was cancelled')
      size += file.size
      items++
    }
    reports.expect({ size, items })
    this.#tree = await new TreeReader(place().group.relay).read()
    let [before, done] = [0, 0]
    const importer = new Importer(this.#options, this.#folder, {
      decide: (file, hash) => this.#decide(file, hash),
      isLikelyKnown: (file) => this.#isLikelyKnown(file),
      onpublished: async (published) => {
        this.#result.published += published.length
        for (const { file } of published) this.#result.bytes += file.size
        await table.put(
          published.map(({ file, wish, hash, eventId }) => {
            const key = pathKey(wish.path)
            return { ...file, key, id: eventId, hash, copy: false, absent: false }
          })
        )
      },
      onskip,
      onprogress: (bytes, some) => onprogress(before + bytes, done + some),
      signal
    })
    const unseen = async function* (this: FolderImport): AsyncGenerator<LocalFile> {
      for await (const files of together(this.#folder.scan(onskip))) {
        const rows = await table.getAll(files.map(({ path }) => path))
        for (const [i, file] of files.entries()) {
          if (!this.#isKnown(file, rows[i]!)) yield file
          else {
            before += file.size
            done++
          }
        }
      }
    }
    await importer.run(unseen.call(this))
    return { ...this.#result, ...this.#skips.told() }
  }

  /** Whether nothing is to be done for a file, as far as can be told without reading it. */
  #isKnown(file: LocalFile, row: Row | null): boolean {
    const path = this.#pathOf(file)
    if (path === null) return true
    if (row === null || row.size !== file.size || row.mtime !== file.mtime) return false
    const heads = this.#tree.get(pathKey(path))?.heads ?? []
    if (!heads.some(({ hash }) => hash === row.hash)) return false
    this.#result.unchanged++
    return true
  }

  #isLikelyKnown(file: LocalFile): boolean {
    const path = this.#recorded(file)
    const heads = path === null ? [] : (this.#tree.get(pathKey(path))?.heads ?? [])
    return heads.some(({ size }) => size === file.size)
  }

  #decide(file: LocalFile, hash: string): Wish | null {
    const path = this.#recorded(file)!
    const heads = this.#tree.get(pathKey(path))?.heads ?? []
    const isPosted = !path.includes('/') && this.#tree.has(`name:${hash}:${path}`)
    if (isPosted || heads.some((head) => head.hash === hash)) {
      this.#result.unchanged++
      return null
    }
    return { path, replaces: heads.flatMap(({ ids }) => ids) }
  }

  /** The path to record, or null after telling why the file is left out. */
  #pathOf(file: LocalFile): string | null {
    const path = this.#recorded(file)
    const other = path === null ? undefined : this.#taken.get(path)
    if (path === null) this.#skips.add({ path: file.path, reason: 'its path is too long' })
    else if (other !== undefined) {
      this.#skips.add({ path: file.path, reason: `its name would be that of ${other}` })
    } else {
      this.#taken.set(path, file.path)
      return path
    }
    return null
  }

  #recorded({ path }: LocalFile): string | null {
    const { prefix } = this.#options
    return sanitizePath(prefix === '' ? path : `${prefix}/${path}`)
  }
}

/** The same files, some at a time. */
async function* together(files: AsyncIterable<LocalFile>): AsyncGenerator<LocalFile[]> {
  let some: LocalFile[] = []
  for await (const file of files) {
    some.push(file)
    if (some.length < LOOKS) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}
