/**
 * What is known of a relay's files, kept on the disk: so that a hundred thousand of them are
 * known after a start without asking the state and the drive for each. It is a copy of what
 * those say and no more: one that is not whole, or of another version, counts as none.
 *
 * A line of JSON with the moment and the words that many files share, then pages of files,
 * and at last the sha256 of all before.
 */
import { open, unlink } from 'bare-fs/promises'
import b4a from 'b4a'

import { createSha256 } from '../../protocol/sha256.ts'
import { replaceFileBy } from '../atomic-file.ts'
import { isSystemCode } from '../disk-error.ts'
import { fill } from '../file-handle.ts'
import type { Log } from '../log.ts'
import type { KnownMark } from './known-mark.ts'
import { syncedFile } from './synced-file.ts'
import type { OtherName, SyncedFile } from './synced-file.ts'

/** 2: other names of the same bytes. */
const VERSION = 2
/** Files of one line. */
const PAGE = 1000
/** Bytes read at once. */
const CHUNK = 1024 * 1024
const NEWLINE = 10

/** What holds for all of the files. */
export interface KnownHead {
  mark: KnownMark
  /** When all of them were read anew, in ms. */
  readAt: number
  /** Hashes that are to be looked at again. */
  unsure: string[]
  /** Hashes of files in the folder that no record names. */
  unnamed: string[]
}

/** Numbers of words, or -1; span is its start and length, empty when the file is not here. */
type Row = [
  hash: string,
  eventId: string,
  position: number,
  createdAt: number,
  pubkey: number,
  mime: number,
  name: string | null,
  path: string | null,
  size: number | null,
  piecesRoot: string | null,
  span: number[],
  providers: number[],
  others?: OtherRow[]
]

/** Another name of a file. */
type OtherRow = [
  eventId: string,
  position: number,
  createdAt: number,
  pubkey: number,
  mime: number,
  name: string | null,
  path: string | null
]

export class KnownStore {
  readonly #path: string
  readonly #log: Log

  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
  }

  /** @throws what the disk throws */
  async write(head: KnownHead, files: ReadonlyMap<string, SyncedFile>): Promise<void> {
    await replaceFileBy(this.#path, encode(head, files))
  }

  /** Null when there is none that can be relied on. */
  async read(): Promise<{ head: KnownHead; files: Map<string, SyncedFile> } | null> {
    try {
      return await decode(lines(this.#path))
    } catch (err) {
      if (!isSystemCode(err, 'ENOENT')) this.#log('known-files-unreadable', { err })
      return null
    }
  }

  /** Nothing of it is kept. */
  async forget(): Promise<void> {
    try {
      await unlink(this.#path)
    } catch (err) {
      if (!isSystemCode(err, 'ENOENT')) throw err
    }
  }
}

function* encode(
  head: KnownHead,
  files: ReadonlyMap<string, SyncedFile>
): Generator<Uint8Array, void, undefined> {
  const numbers = new Map<string, number>()
  const note = (word: string): void => {
    if (!numbers.has(word)) numbers.set(word, numbers.size)
  }
  for (const file of files.values()) {
    for (const { pubkey, mime } of [file, ...file.others]) {
      note(pubkey)
      note(mime ?? '')
    }
    for (const provider of file.providers) note(provider)
  }
  const hash = createSha256()
  const line = (value: unknown): Uint8Array => {
    const bytes = b4a.from(JSON.stringify(value) + '\n')
    hash.update(bytes)
    return bytes
  }
  yield line({ version: VERSION, ...head, words: [...numbers.keys()] })
  let page: Row[] = []
  for (const file of files.values()) {
    page.push(rowOf(file, numbers))
    if (page.length < PAGE) continue
    yield line(page)
    page = []
  }
  if (page.length > 0) yield line(page)
  yield b4a.from(b4a.toString(hash.digest(), 'hex') + '\n')
}

function rowOf(file: SyncedFile, numbers: Map<string, number>): Row {
  const { hash, eventId, position, createdAt, name, path, size, piecesRoot, span } = file
  const row: Row = [
    hash,
    eventId,
    position,
    createdAt,
    numbers.get(file.pubkey)!,
    file.mime === null ? -1 : numbers.get(file.mime)!,
    name,
    path,
    size,
    piecesRoot,
    span === null ? [] : [span.start, span.length],
    Array.from(file.providers, (name) => numbers.get(name)!)
  ]
  if (file.others.length > 0) row.push(file.others.map((other) => otherRowOf(other, numbers)))
  return row
}

function otherRowOf(other: OtherName, numbers: Map<string, number>): OtherRow {
  const { eventId, position, createdAt, pubkey, mime, name, path } = other
  const spoken = mime === null ? -1 : numbers.get(mime)!
  return [eventId, position, createdAt, numbers.get(pubkey)!, spoken, name, path]
}

async function decode(
  lines: AsyncIterable<Uint8Array>
): Promise<{ head: KnownHead; files: Map<string, SyncedFile> }> {
  const files = new Map<string, SyncedFile>()
  let head: (KnownHead & { words: string[] }) | null = null
  let last: Uint8Array | null = null
  const hash = createSha256()
  for await (const line of lines) {
    if (last !== null) {
      hash.update(last)
      const value = JSON.parse(b4a.toString(last)) as unknown
      if (head === null) head = headOf(value)
      else for (const row of value as Row[]) files.set(row[0], fileOf(row, head.words))
    }
    last = line
  }
  const whole = b4a.toString(hash.digest(), 'hex') + '\n'
  if (head === null || last === null || b4a.toString(last) !== whole) throw new Error('not whole')
  const { mark, readAt, unsure, unnamed } = head
  return { head: { mark, readAt, unsure, unnamed }, files }
}

function headOf(value: unknown): KnownHead & { words: string[] } {
  const head = value as KnownHead & { version: number; words: string[] }
  if (head.version !== VERSION) throw new Error('of another version')
  return head
}

function fileOf(row: Row, words: string[]): SyncedFile {
  const [hash, eventId, position, createdAt, pubkey, mime, name, path, size, piecesRoot] = row
  const [, , , , , , , , , , span, providers, others = []] = row
  const facts = { position, createdAt, name, path, size, piecesRoot }
  const spoken = { pubkey: words[pubkey]!, mime: mime === -1 ? null : words[mime]! }
  const file = syncedFile(hash, { ...facts, ...spoken, eventId }, undefined)
  const [start, length] = span
  if (start !== undefined && length !== undefined) file.span = { start, length }
  for (const number of providers) file.providers.add(words[number]!)
  if (others.length > 0) file.others = others.map((other) => otherOf(other, words))
  return file
}

function otherOf(row: OtherRow, words: string[]): OtherName {
  const [eventId, position, createdAt, pubkey, mime, name, path] = row
  const spoken = { pubkey: words[pubkey]!, mime: mime === -1 ? null : words[mime]! }
  return { eventId, position, createdAt, ...spoken, name, path }
}

/** The file's lines, each with its end. */
async function* lines(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path, 'r')
  try {
    const rest: Uint8Array[] = []
    for (;;) {
      const chunk = new Uint8Array(CHUNK)
      const filled = await fill(file, chunk)
      if (filled === 0) break
      let at = 0
      for (;;) {
        const end = chunk.indexOf(NEWLINE, at)
        if (end === -1 || end >= filled) break
        rest.push(chunk.subarray(at, end + 1))
        yield rest.length === 1 ? rest[0]! : b4a.concat(rest)
        rest.length = 0
        at = end + 1
      }
      if (at < filled) rest.push(chunk.subarray(at, filled))
    }
    if (rest.length > 0) throw new Error('cut off')
  } finally {
    await file.close()
  }
}
