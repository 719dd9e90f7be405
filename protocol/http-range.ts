/** `Range`, `ETag` lists and their comparisons, to the letter of RFC 9110. */

export interface ByteRange {
  start: number
  /** exclusive */
  end: number
}

/** A list of entity tags, `*`, or what is neither. */
export type EntityTags = '*' | 'malformed' | { weak: boolean; tag: string }[]

const MAX_HEADER = 4096

// 14.1, 14.1.1: the unit in any case, then the ranges without a space before the first.
const UNIT = /^bytes=(.*)$/i
const RANGE_SPEC = /^(?:([0-9]+)-([0-9]*)|-([0-9]+))$/
// 8.8.3: etagc is any visible character but the quote, and obs-text.
const ENTITY_TAG = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/y

/**
 * What a `Range` header asks of `size` bytes.
 *
 * `none`, which is answered whole, is no header, another unit, a malformed or
 * invalid one, and more ranges than one. `unsatisfiable` is answered 416.
 *
 * @param size - of the file, in bytes
 */
export function parseRange(
  header: string | undefined,
  size: number
): 'none' | 'unsatisfiable' | ByteRange {
  if (header === undefined || header.length > MAX_HEADER) return 'none'
  const set = UNIT.exec(trimBlanks(header))?.[1]
  if (set === undefined) return 'none'
  // 5.6.1.2: a list may have empty elements, and blanks around its commas alone.
  const specs = set.split(',').map((spec, i) => (i === 0 ? spec : trimBlanks(spec)))
  const given = specs.filter((spec) => trimBlanks(spec) !== '')
  const parts = given.length === 1 ? RANGE_SPEC.exec(trimBlanks(given[0]!, 'end')) : null
  if (parts === null) return 'none'
  const [, first, last, suffix] = parts
  if (suffix !== undefined) return suffixRange(BigInt(suffix), size)
  // Of any length: 2^53 is no limit of the grammar, and clamping needs the true order.
  const start = BigInt(first!)
  const end = last === '' ? BigInt(size) : BigInt(last!) + 1n
  if (last !== '' && end <= start) return 'none' // 14.1.1: invalid, and so ignored
  if (start >= BigInt(size)) return 'unsatisfiable'
  return { start: Number(start), end: end > BigInt(size) ? size : Number(end) }
}

/** The last `length` bytes; all of them if there are fewer. */
function suffixRange(length: bigint, size: number): 'none' | 'unsatisfiable' | ByteRange {
  if (length === 0n) return 'unsatisfiable'
  if (size === 0) return 'none' // satisfiable (14.1.2), but 206 has no words for no bytes
  return { start: length >= BigInt(size) ? 0 : size - Number(length), end: size }
}

/** Reads `If-Match` or `If-None-Match`. */
export function parseEntityTags(header: string): EntityTags {
  const text = trimBlanks(header)
  if (text === '*') return '*'
  if (text.length > MAX_HEADER) return 'malformed'
  const tags: { weak: boolean; tag: string }[] = []
  ENTITY_TAG.lastIndex = 0
  while (ENTITY_TAG.lastIndex < text.length) {
    const match = ENTITY_TAG.exec(text)
    if (match === null) return 'malformed'
    if (match[2] !== undefined) tags.push({ weak: match[1] !== undefined, tag: match[2] })
  }
  return tags.length === 0 ? 'malformed' : tags
}

/**
 * Whether `If-None-Match` names this strong tag, by weak comparison (13.1.2).
 * What cannot be read names nothing.
 */
export function namesWeakly(header: string, tag: string): boolean {
  const tags = parseEntityTags(header)
  if (typeof tags === 'string') return tags === '*'
  return tags.some((given) => given.tag === tag)
}

/**
 * Whether `If-Match` names this strong tag, by strong comparison (13.1.1). What
 * cannot be read names nothing.
 */
export function namesStrongly(header: string, tag: string): boolean {
  const tags = parseEntityTags(header)
  if (typeof tags === 'string') return tags === '*'
  return tags.some((given) => !given.weak && given.tag === tag)
}

/** Without the blanks of HTTP (space and tab, no others) around it. */
export function trimBlanks(text: string, side: 'both' | 'end' = 'both'): string {
  let start = 0
  let end = text.length
  while (end > 0 && isBlank(text, end - 1)) end--
  while (side === 'both' && start < end && isBlank(text, start)) start++
  return text.slice(start, end)
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t'
}
