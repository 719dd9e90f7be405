/**
 * A relay, or some of its files, out to a folder. A mirror writes them, and our plan is
 * its filter: it sees the records that we checked, under the paths that we gave them, and
 * nothing that lies in a drive besides.
 */
import { mkdir } from 'bare-fs/promises'
import MirrorDrive from 'mirror-drive'
import { Readable } from 'streamx'

import { diskError, isSystemCode } from '../../disk-error.ts'
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Signal } from '../../../protocol/file-channel/channel.ts'
import { createSha256 } from '../../../protocol/sha256.ts'
import type { Group } from '../../relays/group.ts'
import type { Drive } from '../drive.ts'
import type { Sync } from '../sync.ts'
import type { Progress, Reports } from '../transfers.ts'
import { planExport } from './export-plan.ts'
import type { Planned } from './export-plan.ts'
import { LocalFolder, ownerOf } from './local-folder.ts'
import type { Skipped } from './local-folder.ts'
import { withNote } from './names.ts'
import { SkipList } from './skip-list.ts'
import { TreeReader } from './tree.ts'
import { bring, verifiedBytes } from './verified.ts'

/** What becomes of a file of the folder that has the path of another one. */
export type OnConflict = 'skip' | 'overwrite' | 'keep-both'

export interface Exported {
  written: number
  /** There already, with the same bytes. */
  unchanged: number
  bytes: number
  skipped: Skipped[]
  leftOut: number
}

export interface ExportOptions {
  group: Group
  sync: Sync
  drive: Drive
  folder: string
  hashes: string[] | null
  /** Of these the records of these events; null for all of them. */
  eventIds: string[] | null
  onConflict: OnConflict
  nameOf(pubkey: string): Promise<string>
  signal: Signal
  onprogress: Progress
  reports: Reports
}

const CANNOT_WRITE = 'The files cannot be written into the folder'

/** @throws UNKNOWN_FILE, SOURCE_UNREADABLE, CANCELLED, STORAGE_* */
export async function exportFiles(options: ExportOptions): Promise<Exported> {
  await mkdir(options.folder, { recursive: true })
  const folder = new LocalFolder(options.folder, ownerOf(options.drive))
  await folder.ready()
  return new FolderExport(options, folder).run()
}

class FolderExport {
  readonly #options: ExportOptions
  readonly #folder: LocalFolder
  readonly #skips = new SkipList()
  readonly #result = { written: 0, unchanged: 0, bytes: 0 }
  /** By the mirror's key. */
  readonly #under = new Map<string, Planned>()
  #plan: Planned[] = []
  #next = 0
  #bytes = 0
  /** Of all that are through. */
  #behind = 0

  constructor(options: ExportOptions, folder: LocalFolder) {
    this.#options = options
    this.#folder = folder
  }

  async run(): Promise<Exported> {
    const { group, hashes, eventIds, nameOf, reports } = this.#options
    const tree = await new TreeReader(group.relay).read()
    const events = eventIds === null ? null : new Set(eventIds)
    const chosen = hashes === null ? null : { hashes: new Set(hashes), events }
    const [folder, skips] = [this.#folder, this.#skips]
    this.#plan = await planExport(tree, chosen, { folder, nameOf, skips })
    const size = this.#plan.reduce((sum, { version }) => sum + this.#sizeOf(version), 0)
    reports.expect({ size, items: this.#plan.length })
    // A mirror ends with its first failure: what is left is for the next one.
    while (this.#next < this.#plan.length) await this.#mirror()
    return { ...this.#result, ...this.#skips.told() }
  }

  async #mirror(): Promise<void> {
    const { drive, group, signal } = this.#options
    const source: MirrorDrive.Source = {
      ready: () => Promise.resolve(),
      entry: async (key) => {
        const planned = this.#under.get(key)
        if (planned === undefined) return null
        const blob = { byteOffset: 0, blockOffset: 0, blockLength: 0 }
        const size = this.#sizeOf(planned.version)
        const value = { executable: false, linkname: null, metadata: null }
        return { key, value: { ...value, blob: { ...blob, byteLength: size } } }
      },
      createReadStream: ({ key }) => {
        const { hash } = this.#under.get(key)!.version
        const onbytes = (bytes: number): void => this.#moved(bytes)
        const bytes = verifiedBytes(drive, group.relay.relayKey, hash, { signal, onbytes })
        return Readable.from(bytes)
      }
    }
    const mirror = new MirrorDrive(source, this.#folder, { entries: this.#allowed(), prune: false })
    try {
      await mirror.done()
    } catch (err) {
      const planned = this.#plan[this.#next]
      const reason = reasonOf(err)
      if (planned === undefined || reason === null) throw diskError(err, CANNOT_WRITE)
      this.#skips.add({ path: planned.path, reason })
      this.#through(planned)
    }
  }

  /** The keys that may be written, one by one: each is through when the next is asked for. */
  async *#allowed(): AsyncGenerator<string> {
    for (; this.#next < this.#plan.length;) {
      if (this.#options.signal.aborted) throw new HypertunaError('CANCELLED', 'It was cancelled')
      const planned = this.#plan[this.#next]!
      const path = await this.#prepare(planned)
      if (path !== null) {
        const key = '/' + path
        this.#under.set(key, planned)
        yield key
        this.#under.delete(key)
        await this.#folder.touch(path, planned.version.createdAt)
        this.#result.written++
        this.#result.bytes += this.#sizeOf(planned.version)
      }
      this.#through(planned)
    }
  }

  /** Where a file is to be written now; null when it is not, which was told. */
  async #prepare({ path, version }: Planned): Promise<string | null> {
    const { group, onConflict, sync, drive, signal } = this.#options
    const skip = (reason: string): null => {
      this.#skips.add({ path, reason })
      return null
    }
    if (await this.#obstructed(path)) return null
    await this.#folder.sweep(path)
    if (await drive.has(group.relay.relayKey, version.hash)) {
      return this.#target(path, version, onConflict)
    }
    if ((await this.#target(path, version, onConflict)) === null) return null
    try {
      await bring(sync, drive, version.hash, signal)
    } catch (err) {
      const { code, message } = HypertunaError.from(err)
      if (code === 'CANCELLED' || code === 'CLOSED' || code.startsWith('STORAGE')) throw err
      return skip(`it is not on this device: ${message}`)
    }
    // It may have taken long to come, and the folder is somebody's who goes on working in it.
    return (await this.#obstructed(path)) ? null : this.#target(path, version, onConflict)
  }

  /** Whether something is in a file's way, which is told. */
  async #obstructed(path: string): Promise<boolean> {
    const reason = await this.#folder.obstacle(path)
    if (reason !== null) this.#skips.add({ path, reason })
    return reason !== null
  }

  async #target(
    path: string,
    version: Planned['version'],
    onConflict: OnConflict
  ): Promise<string | null> {
    let target = path
    for (let n = 2; ; n++) {
      if ((await this.#folder.look(target)) === null) {
        const obstacle = await this.#folder.obstacle(target)
        if (obstacle === null) return target
      } else if (await isSame(this.#folder, target, version)) {
        this.#result.unchanged++
        return null
      } else if (onConflict === 'skip') {
        this.#skips.add({ path, reason: 'another file of its name is there' })
        return null
      } else if (onConflict === 'overwrite') return target
      target = withNote(path, String(n))
    }
  }

  /** Bytes; 0 as long as nobody knows. */
  #sizeOf({ hash, size }: Planned['version']): number {
    return size ?? this.#options.sync.files.get(hash)?.size ?? 0
  }

  #moved(bytes: number): void {
    this.#bytes += bytes
    this.#options.onprogress(this.#bytes, this.#next)
  }

  /** Also the bytes that did not have to be moved. */
  #through({ version }: Planned): void {
    this.#next++
    this.#behind += this.#sizeOf(version)
    this.#bytes = this.#behind
    this.#options.onprogress(this.#bytes, this.#next)
  }
}

/** Whether a file of the folder has a version's bytes. */
async function isSame(
  folder: LocalFolder,
  path: string,
  { hash, size }: { hash: string; size: number | null }
): Promise<boolean> {
  if (size !== null && (await folder.look(path))?.size !== size) return false
  const hasher = createSha256()
  for await (const chunk of folder.createReadStream('/' + path)) hasher.update(chunk as Uint8Array)
  return hasher.digest().toString('hex') === hash
}

/** Why one file could not be written; null for what concerns all of them. */
function reasonOf(err: unknown): string | null {
  if (err instanceof HypertunaError) {
    return err.code === 'WRONG_BYTES' || err.code === 'UNKNOWN_FILE' ? err.message : null
  }
  if (['ENOSPC', 'EDQUOT', 'EROFS'].some((code) => isSystemCode(err, code))) return null
  const { code } = err as { code?: unknown }
  return typeof code === 'string' ? `it cannot be written (${code})` : null
}
