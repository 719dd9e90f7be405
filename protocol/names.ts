/**
 * Names and paths that strangers gave to their files, made safe to show and to
 * write to a disk. Runs in a browser as well.
 */

const MAX_NAME_BYTES = 255 // what file systems allow for one name
const MAX_PATH_BYTES = 1024
const MAX_PATH_DEPTH = 64
const MAX_EXTENSION_BYTES = 32
const NAMELESS = 'file'

// Control characters, line and paragraph marks, and those that turn the direction of
// writing: with them `photo\u202Egnp.exe` shows as `photoexe.png`.
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/gu
const SEPARATOR = /[\\/]+/
const DRIVE_LETTER = /^[A-Za-z]:$/

/**
 * A file name without its path, without control characters, and at most 255
 * bytes in UTF-8; a longer one keeps its extension. Never empty: `file` when
 * nothing is left. Applying it again changes nothing.
 */
export function sanitizeName(name: string): string {
  const parts = name.split(SEPARATOR)
  const clean = cleanText(parts.findLast((part) => part !== '') ?? '')
  const short = shorten(clean)
  return isNowhere(short) ? NAMELESS : short
}

/**
 * A relative path with `/` between its parts, each clean as a name is; it never
 * leads out of the folder that it is joined to. Null when nothing is left, or
 * for one that is longer than 1024 bytes or 64 parts.
 */
export function sanitizePath(path: string): string | null {
  const parts = path
    .split(SEPARATOR, MAX_PATH_DEPTH * 2)
    .map((part) => shorten(cleanText(part)))
    .filter((part) => !isNowhere(part) && !DRIVE_LETTER.test(part))
  const clean = parts.join('/')
  if (parts.length === 0 || parts.length > MAX_PATH_DEPTH) return null
  return utf8Length(clean) > MAX_PATH_BYTES ? null : clean
}

/** Well-formed text on one line, without control characters and outer space. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(UNSEEN, '').trim()
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (const char of text) bytes += charLength(char)
  return bytes
}

/** The longest beginning of a text that fits into `most` bytes of UTF-8. */
export function cutUtf8(text: string, most: number): string {
  let bytes = 0
  let end = 0
  for (const char of text) {
    bytes += charLength(char)
    if (bytes > most) return text.slice(0, end)
    end += char.length
  }
  return text
}

function charLength(char: string): number {
  const code = char.codePointAt(0)!
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}

function shorten(name: string): string {
  if (name.length * 3 <= MAX_NAME_BYTES || utf8Length(name) <= MAX_NAME_BYTES) return name
  const dot = name.lastIndexOf('.')
  const ending = dot > 0 ? name.slice(dot) : ''
  const bytes = utf8Length(ending)
  if (bytes === 0 || bytes > MAX_EXTENSION_BYTES) return cutUtf8(name, MAX_NAME_BYTES).trimEnd()
  return cutUtf8(name, MAX_NAME_BYTES - bytes) + ending
}

function isNowhere(name: string): boolean {
  return name === '' || name === '.' || name === '..'
}
