/**
 * The tags by which an event tells of files: `imeta` (NIP-92), `fileUrl`, `x`,
 * and what kind 1063 (NIP-94) repeats. Runs in a browser as well.
 */
import { HypertunaError } from './errors.ts'
import { isAlias, isHex32 } from './ids.ts'
import { plainMime } from './mime.ts'
import { cleanText, cutUtf8, sanitizeName, sanitizePath } from './names.ts'
import type { NostrEvent } from './nostr.ts'

export { sanitizeName, sanitizePath } from './names.ts'

/** A file as an event from anyone names it: other programs may not say how large it is. */
export interface NamedFile {
  /** sha256, 64 lowercase hex */
  hash: string
  /** http, https, hypertuna or blossom; null in an event that has none */
  url: string | null
  /** `type/subtype`, or null */
  mime: string | null
  /** bytes; null where the event does not say */
  size: number | null
  name: string | null
  /** relative, `/` between its parts */
  path: string | null
  /** BEP 52, 64 lowercase hex; null without a size, because a tree is one of so many bytes */
  piecesRoot: string | null
  /** `<width>x<height>` in pixels */
  dim?: string
  /** what a picture shows, for those who cannot see it */
  alt?: string
  /** base64 */
  thumbhash?: string
}

/** A file whose size is known. */
export interface FileRecord extends NamedFile {
  /** bytes */
  size: number
}

/** NIP-94's kind: one file and nothing else. */
export const FILE_KIND = 1063

/** More files in one event are not looked at. */
export const MAX_FILES = 64

const MAX_URL = 2048
const MAX_ALT_BYTES = 2000
const MAX_FIELDS = 64
const OCTETS = 'application/octet-stream'

const URL_TEXT = /^(?:https?|hypertuna|blossom):[^\s\p{Cc}"<>\\^`{|}]+$/iu
const BLOB_URL = /^(?:https?:\/\/[^?#]*\/|blossom:)([0-9a-f]{64})(?:\.[a-z0-9]{1,16})?(?:[?#]|$)/i
const SIZE = /^(?:0|[1-9][0-9]{0,15})$/
const DIM = /^[1-9][0-9]{0,5}x[1-9][0-9]{0,5}$/
const THUMBHASH = /^[A-Za-z0-9+/_-]{1,128}={0,2}$/

type Fields = ReadonlyMap<string, string>

/** The tag that a face makes for a file it sends. */
export function makeFileUrlTag(url: string, hash: string): string[] {
  return ['fileUrl', url, hash]
}

/**
 * All tags of an event with these files: `h`, `drivekey`, and for each file its
 * `imeta`, `fileUrl` and `x`; kind 1063 repeats url, m and size at top level.
 * Of two files with one hash the first is told of.
 *
 * @throws {HypertunaError} BAD_REQUEST naming what cannot be published
 */
export function fileTags(
  files: FileRecord[],
  { alias, driveKey, kind }: { alias: string; driveKey: string; kind: number }
): string[][] {
  if (!isAlias(alias)) throw bad('A file is published in a relay, by its alias')
  if (!isHex32(driveKey)) throw bad('A driveKey has 64 lowercase hex digits')
  if (files.length > MAX_FILES) throw bad(`An event has at most ${MAX_FILES} files; post the rest`)
  if (kind === FILE_KIND && files.length !== 1) throw bad('Kind 1063 tells of one file')
  const tags = [
    ['h', alias],
    ['drivekey', driveKey]
  ]
  const seen = new Set<string>()
  for (const file of files) {
    if (seen.has(file.hash)) continue
    seen.add(file.hash)
    const fields = writeFields(file)
    const url = fields.get('url')!
    tags.push(['imeta', ...Array.from(fields, ([key, value]) => `${key} ${value}`)])
    tags.push(makeFileUrlTag(url, file.hash), ['x', file.hash])
    if (kind !== FILE_KIND) continue
    tags.push(['url', url], ['m', fields.get('m') ?? OCTETS], ['size', String(file.size)])
  }
  return tags
}

/**
 * The files that an event from anyone tells of, at most 64, one for each hash.
 *
 * Tolerant: a file without a valid hash is left out, any other field that is not valid
 * is null or absent; never throws. Without an `x` the hash is taken from a url that ends in
 * one, as Blossom's do.
 */
export function parseFiles(event: Pick<NostrEvent, 'kind' | 'tags'>): NamedFile[] {
  const urls = new Map<string, string>()
  const found = new Map<string, NamedFile>()
  for (const [name, url, hash] of event.tags) {
    if (name !== 'fileUrl' || !isHex32(hash) || urls.has(hash)) continue
    if (isUrl(url)) urls.set(hash, url)
  }
  const keep = (fields: Fields): void => {
    const file = readFields(fields, urls)
    if (file !== null && !found.has(file.hash)) found.set(file.hash, file)
  }
  for (const tag of event.tags) {
    if (tag[0] === 'imeta' && found.size < MAX_FILES) keep(splitFields(tag))
  }
  // Other programs publish NIP-94 without imeta.
  if (event.kind === FILE_KIND && found.size === 0) keep(topLevel(event.tags))
  return [...found.values()]
}

/** Checked like a stranger's, so that nothing is published which a reader would drop. */
function writeFields(file: FileRecord): Fields {
  if (!isHex32(file.hash)) throw bad('A file hash has 64 lowercase hex digits')
  if (!Number.isSafeInteger(file.size) || file.size < 0) throw bad('A size is a number of bytes')
  if (!isUrl(file.url)) {
    throw bad(`A file has a link: http, https or hypertuna, at most ${MAX_URL} long`)
  }
  if (file.piecesRoot !== null && !isHex32(file.piecesRoot)) {
    throw bad('A piecesRoot has 64 lowercase hex digits')
  }
  const fields = new Map<string, string>()
  const put = (key: string, value: string | null | undefined): void => {
    if (value !== null && value !== undefined && value !== '') fields.set(key, value)
  }
  put('url', file.url)
  put('m', plainMime(file.mime))
  put('x', file.hash)
  put('size', String(file.size))
  put('dim', matching(file.dim, DIM))
  put('thumbhash', matching(file.thumbhash, THUMBHASH))
  put('alt', altText(file.alt))
  put('name', file.name === null ? null : sanitizeName(file.name))
  put('path', file.path === null ? null : sanitizePath(file.path))
  put('piecesRoot', file.piecesRoot)
  return fields
}

function readFields(fields: Fields, urls: ReadonlyMap<string, string>): NamedFile | null {
  const url = fields.get('url')
  const named = fields.get('x')
  const hash = isHex32(named) ? named : hashIn(url)
  if (!isHex32(hash)) return null
  const size = readSize(fields.get('size'))
  const name = fields.get('name')
  const path = fields.get('path')
  const root = fields.get('piecesRoot')
  const file: NamedFile = {
    hash,
    url: isUrl(url) ? url : (urls.get(hash) ?? null),
    mime: plainMime(fields.get('m')),
    size,
    name: name === undefined ? null : sanitizeName(name),
    path: path === undefined ? null : sanitizePath(path),
    piecesRoot: isHex32(root) && size !== null ? root : null
  }
  const dim = matching(fields.get('dim'), DIM)
  const alt = altText(fields.get('alt'))
  const thumbhash = matching(fields.get('thumbhash'), THUMBHASH)
  if (dim !== null) file.dim = dim
  if (alt !== null) file.alt = alt
  if (thumbhash !== null) file.thumbhash = thumbhash
  return file
}

/** `["imeta", "url https://…", "m image/png", …]`; of a key that comes twice the first counts. */
function splitFields(tag: readonly string[]): Fields {
  const fields = new Map<string, string>()
  for (const field of tag.slice(1, MAX_FIELDS + 1)) {
    const space = field.indexOf(' ')
    if (space <= 0) continue
    const key = field.slice(0, space)
    if (!fields.has(key)) fields.set(key, field.slice(space + 1))
  }
  return fields
}

function topLevel(tags: readonly string[][]): Fields {
  const fields = new Map<string, string>()
  for (const [key, value] of tags) {
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value)
  }
  return fields
}

/** `https://…/<hash>`, `https://…/<hash>.<ext>` (BUD-01) or `blossom:<hash>.<ext>` (BUD-10). */
function hashIn(url: string | undefined): string | undefined {
  return isUrl(url) ? BLOB_URL.exec(url)?.[1] : undefined
}

function readSize(text: string | undefined): number | null {
  if (text === undefined || !SIZE.test(text)) return null
  const size = Number(text)
  return Number.isSafeInteger(size) ? size : null
}

/** Only links that are safe to put behind a click: no `javascript:`, no spaces or quotes. */
function isUrl(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_URL && URL_TEXT.test(value)
}

function matching(value: string | undefined, shape: RegExp): string | null {
  return value !== undefined && shape.test(value) ? value : null
}

function altText(value: string | undefined): string | null {
  if (value === undefined) return null
  const text = cutUtf8(cleanText(value), MAX_ALT_BYTES).trimEnd()
  return text === '' ? null : text
}

function bad(message: string): HypertunaError {
  return new HypertunaError('BAD_REQUEST', message)
}
