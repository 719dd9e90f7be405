/**
 * Takes files of a folder into a relay: bytes into the drive, records into the group. Small
 * ones go in batches, of which one is read while the one before it is written.
 */
import { open } from 'bare-fs/promises'
import { isSystemCode } from '../../disk-error.ts'
import { fill } from '../../file-handle.ts'
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Signal } from '../../../protocol/file-channel/channel.ts'
import { mimeFor } from '../../../protocol/mime.ts'
import { FileHasher } from '../../../protocol/pieces.ts'
import type { FileDigest } from '../../../protocol/pieces.ts'
import type { Drive } from '../drive.ts'
import { SMALL_FILE } from '../incoming-file.ts'
import { wholeFile } from './batch-writer.ts'
import type { WholeFile } from './batch-writer.ts'
import { REASONS } from './local-folder.ts'
import type { LocalFile, LocalFolder, Skipped } from './local-folder.ts'
import { BATCH, appendFiles, signFiles } from './publish-batch.ts'
import type { FolderFile, PublishPlace } from './publish-batch.ts'

/** What is to be published of a file; `mime` follows from its name. */
export interface Wish {
  /** As it is to be recorded. */
  path: string
  replaces: string[]
}

/** A file whose record is in the group. */
export interface Published {
  file: LocalFile
  wish: Wish
  hash: string
  eventId: string
}

export interface ImportJob {
  /**
   * Asked once a file's hash is known; null leaves it out, because it is published
   * already.
   */
  decide(file: LocalFile, hash: string): Wish | null
  /** Whether a file of this size may be what is published already, so that it is hashed first. */
  isLikelyKnown(file: LocalFile): boolean
  onpublished(published: Published[]): Promise<void>
  onskip(skipped: Skipped): void
  /** Bytes of files that are through, and how many of them. */
  onprogress(bytes: number, done: number): void
  signal: Signal
}

export interface ImporterOptions {
  place(): PublishPlace
  drive: Drive
  /** These hashes are about to be published: their bytes are wanted. */
  spare(hash: string): void
}

/** Bytes of small files that are read at once. */
const BATCH_BYTES = 8 * 1024 * 1024
/** Files that are open at once. */
const OPEN = 64

interface ReadFile {
  file: LocalFile
  whole: WholeFile
}

export class Importer {
  readonly #options: ImporterOptions
  readonly #folder: LocalFolder
  readonly #job: ImportJob
  #bytes = 0
  #done = 0

  constructor(options: ImporterOptions, folder: LocalFolder, job: ImportJob) {
    this.#options = options
    this.#folder = folder
    this.#job = job
  }

  /** @throws CANCELLED, CLOSED, NOT_ALLOWED, NOT_MEMBER, STORAGE_* */
  async run(files: AsyncIterable<LocalFile> | Iterable<LocalFile>): Promise<void> {
    let batch: LocalFile[] = []
    let bytes = 0
    let writing: Promise<void> = Promise.resolve()
    const flush = async (): Promise<void> => {
      const read = await this.#read(batch)
      batch = []
      bytes = 0
      await writing
      this.#check()
      writing = this.#publish(read)
      // The rejection is handled by whoever waits; until then it must not count as unhandled.
      writing.catch(() => {})
    }
    try {
      for await (const file of files) {
        this.#check()
        if (file.size > SMALL_FILE) {
          await this.#large(file)
          continue
        }
        batch.push(file)
        bytes += file.size
        // One record of the batch is the announcement.
        if (batch.length === BATCH - 1 || bytes >= BATCH_BYTES) await flush()
      }
      if (batch.length > 0) await flush()
    } finally {
      await writing
    }
  }

  /** The small files, whole; who cannot be read is told of and left out. */
  async #read(files: LocalFile[]): Promise<ReadFile[]> {
    const read: (ReadFile | null)[] = Array.from(files, () => null)
    let next = 0
    const readSome = async (): Promise<void> => {
      while (next < files.length && !this.#job.signal.aborted) {
        const i = next++
        const file = files[i]!
        const bytes = await this.#attempt(file, () => readWhole(this.#folder, file))
        if (bytes !== null) read[i] = { file, whole: wholeFile(bytes, factsOf(file)) }
      }
    }
    await Promise.all(Array.from({ length: OPEN }, readSome))
    return read.filter((one) => one !== null)
  }

  async #publish(read: ReadFile[]): Promise<void> {
    const wanted: { file: LocalFile; wish: Wish; whole: WholeFile }[] = []
    for (const { file, whole } of read) {
      const wish = this.#job.decide(file, whole.digest.hash)
      if (wish !== null) wanted.push({ file, wish, whole })
    }
    if (wanted.length > 0) {
      const { drive, spare } = this.#options
      const place = this.#options.place()
      for (const { whole } of wanted) spare(whole.digest.hash)
      const records = wanted.map(({ file, wish, whole }) => recordOf(file, wish, whole.digest))
      const events = await signFiles(records, place)
      const wholes = wanted.map(({ whole }, i) => {
        return { ...whole, facts: { ...whole.facts, eventId: events[i]!.id } }
      })
      await drive.storeBatch(place.group.relay.relayKey, wholes, this.#job.signal)
      const hashes = records.map(({ hash }) => hash)
      await appendFiles(events, hashes, place)
      const published = wanted.map(({ file, wish }, i) => {
        return { file, wish, hash: hashes[i]!, eventId: events[i]!.id }
      })
      await this.#job.onpublished(published)
    }
    for (const { file } of read) this.#through(file)
  }

  async #large(file: LocalFile): Promise<void> {
    await this.#attempt(file, async () => {
      const { signal, decide, isLikelyKnown } = this.#job
      if (isLikelyKnown(file)) {
        const hash = await hashOf(this.#folder, file, signal)
        if (decide(file, hash) === null) return
      }
      const { drive, spare } = this.#options
      const place = this.#options.place()
      const { relayKey } = place.group.relay
      const begun = this.#bytes
      const stored = await drive.storePath({
        relayKey,
        fileHash: null,
        metadata: factsOf(file),
        path: this.#folder.pathOf(file.path),
        signal,
        onprogress: (bytes) => this.#job.onprogress(begun + bytes, this.#done)
      })
      spare(stored.hash)
      const wish = decide(file, stored.hash)
      if (wish === null) return
      const [event] = await signFiles([recordOf(file, wish, stored)], place)
      await appendFiles([event!], [stored.hash], place)
      await drive.annotate(relayKey, stored.hash, { eventId: event!.id })
      await this.#job.onpublished([{ file, wish, hash: stored.hash, eventId: event!.id }])
    })
    this.#through(file)
  }

  /** What is wrong with one file is told, and ends nothing. */
  async #attempt<T>(file: LocalFile, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (err) {
      const reason = reasonOf(err)
      if (reason === null) throw err
      this.#job.onskip({ path: file.path, reason })
      return null
    }
  }

  #through({ size }: LocalFile): void {
    this.#bytes += size
    this.#done++
    this.#job.onprogress(this.#bytes, this.#done)
  }

  #check(): void {
    if (this.#job.signal.aborted) throw new HypertunaError('CANCELLED', 'It was cancelled')
  }
}

/** Reads a small file that must be what it was when it was listed. */
export async function readWhole(folder: LocalFolder, file: LocalFile): Promise<Uint8Array> {
  const handle = await open(folder.pathOf(file.path), 'r')
  try {
    const bytes = new Uint8Array(file.size + 1)
    const filled = await fill(handle, bytes, 0)
    const { size, mtimeMs } = await handle.stat()
    if (filled !== file.size || size !== file.size || mtimeMs !== file.mtime) throw changed()
    return bytes.subarray(0, filled)
  } finally {
    await handle.close()
  }
}

/** @throws CANCELLED, SOURCE_CHANGED */
async function hashOf(folder: LocalFolder, file: LocalFile, signal: Signal): Promise<string> {
  const hasher = new FileHasher()
  for await (const chunk of folder.createReadStream('/' + file.path)) {
    if (signal.aborted) throw new HypertunaError('CANCELLED', 'It was cancelled')
    hasher.update(chunk as Uint8Array)
  }
  return hasher.digest().hash
}

function recordOf(
  file: LocalFile,
  { path, replaces }: Wish,
  { hash, size, piecesRoot }: Pick<FileDigest, 'hash' | 'size' | 'piecesRoot'>
): FolderFile {
  return { hash, size, piecesRoot, mime: mimeFor(nameOf(file.path)), path, replaces }
}

function factsOf({ path }: LocalFile): { name: string; mime: string | null } {
  const name = nameOf(path)
  return { name, mime: mimeFor(name) }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Why a file is left out; null for what concerns all of them. */
function reasonOf(err: unknown): string | null {
  if (isSystemCode(err, 'ENOENT')) return REASONS.vanished
  for (const code of ['EACCES', 'EPERM', 'EISDIR', 'EIO', 'ELOOP', 'ENXIO', 'ENAMETOOLONG']) {
    if (isSystemCode(err, code)) return REASONS.unreadable
  }
  if (!(err instanceof HypertunaError)) return null
  if (err.code === 'SOURCE_CHANGED') return 'it changed while it was read'
  return err.code === 'SOURCE_UNREADABLE' ? REASONS.unreadable : null
}

function changed(): HypertunaError {
  return new HypertunaError('SOURCE_CHANGED', 'The file changed while it was being read')
}
