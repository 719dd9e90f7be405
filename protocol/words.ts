/**
 * Words to search by (NIP-50): the same for what is written and for what is looked
 * for, whatever the script, the case and the accents.
 *
 * Scripts that write without spaces are cut into pairs of characters; the last
 * character of such a run also stands alone, so that any single one is the
 * beginning of some word.
 */
import type { NostrEvent } from './nostr.ts'

/** What is looked for: all of these words, and for each prefix a word that begins so. */
export interface SearchQuery {
  words: readonly string[]
  /** The last word, which may not be written out yet, and single characters. */
  prefixes: readonly string[]
}

/** Characters of a word that count. */
const MAX_WORD = 32
/** Words of a query. */
const MAX_WORDS = 16
/** A single letter begins too many words to be looked for. */
const MIN_PREFIX = 2

const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}'
const RUN = new RegExp(
  `[${UNSPACED}]+|(?:(?![${UNSPACED}])[\\p{L}\\p{N}])+|\\p{Extended_Pictographic}`,
  'gu'
)
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u')
/** NIP-50's `key:value`, but no address of the web. */
const EXTENSION = /(^|\s)[a-z][a-z0-9_-]*:(?!\/\/)\S*/gi

/** Letters that are no accented ones to Unicode, and are to who looks for them. */
const PLAIN: Record<string, string> = { ø: 'o', ł: 'l', đ: 'd', ð: 'd', æ: 'ae', œ: 'oe', ς: 'σ' }
const SPECIAL = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu')

/** Kinds whose content is sealed, another event, or no text. */
const NO_TEXT = new Set([3, 4, 6, 13, 16, 1059, 1060])
/** Tags that say in words what an event is about. */
const TEXT_TAGS = new Set(['name', 'title', 'subject', 'summary', 'about', 'alt'])
/** Fields of `imeta` (NIP-92) that do. */
const IMETA_TEXT = /^(?:name|alt|path) /
const PROFILE_FIELDS = ['name', 'display_name', 'displayName', 'about', 'nip05']

/** The same of a text in ASCII, in which the rest of what is asked here cannot be. */
const ASCII = /^[\x00-\x7f]*$/
const ASCII_RUN = /[a-z0-9]+/g

/** The words of a text, in order, as often as they are there. */
export function wordsOf(text: string): string[] {
  if (ASCII.test(text)) return (text.toLowerCase().match(ASCII_RUN) ?? []).map(cut)
  const words: string[] = []
  for (const [run] of fold(text).matchAll(RUN)) {
    if (!IS_UNSPACED.test(run)) words.push(cut(run))
    else words.push(...pairsOf([...run]))
  }
  return words
}

/** How often each word is in an event; remembered while the event is. */
export function countWords(event: NostrEvent): ReadonlyMap<string, number> {
  let counts = counted.get(event)
  if (counts === undefined) {
    counts = new Map<string, number>()
    for (const word of wordsOf(textOf(event))) counts.set(word, (counts.get(word) ?? 0) + 1)
    counted.set(event, counts)
  }
  return counts
}

/** The words of an event, each once. */
export const differentWords = (event: NostrEvent): string[] => [...new Set(wordsOf(textOf(event)))]

const counted = new WeakMap<NostrEvent, Map<string, number>>()

/**
 * Reads a `search` field.
 * @returns null when it asks for nothing: it is empty, or all of it are extensions.
 *   A query without any word (punctuation alone) is met by no event.
 */
export function parseSearch(text: string): SearchQuery | null {
  const rest = text.replace(EXTENSION, ' ')
  if (rest.trim() === '') return null
  const runs = Array.from(fold(rest).matchAll(RUN), ([run]) => run).slice(0, MAX_WORDS)
  const open = /[\p{L}\p{N}]\p{M}*$/u.test(rest)
  const words = new Set<string>()
  const prefixes = new Set<string>()
  for (const [i, run] of runs.entries()) {
    const letters = [...run]
    const last = open && i === runs.length - 1
    if (!IS_UNSPACED.test(run)) {
      ;(last && letters.length >= MIN_PREFIX ? prefixes : words).add(cut(run))
    } else if (letters.length === 1) {
      prefixes.add(run)
    } else {
      for (const pair of pairsOf(letters).slice(0, -1)) words.add(pair)
    }
  }
  return { words: [...words].slice(0, MAX_WORDS), prefixes: [...prefixes] }
}

/** Whether an event has all that is looked for. */
export function hasWords({ words, prefixes }: SearchQuery, event: NostrEvent): boolean {
  if (words.length === 0 && prefixes.length === 0) return false
  const counts = countWords(event)
  return (
    words.every((word) => counts.has(word)) &&
    prefixes.every((prefix) => counts.has(prefix) || hasPrefix(counts, prefix))
  )
}

function hasPrefix(counts: ReadonlyMap<string, number>, prefix: string): boolean {
  for (const word of counts.keys()) if (word.startsWith(prefix)) return true
  return false
}

/** What of an event is text for people. */
function textOf({ kind, content, tags }: NostrEvent): string {
  if (NO_TEXT.has(kind)) return ''
  const texts = [kind === 0 ? profileText(content) : content]
  for (const [name = '', ...values] of tags) {
    if (TEXT_TAGS.has(name)) texts.push(values[0] ?? '')
    else if (name === 'imeta') {
      for (const field of values) {
        if (IMETA_TEXT.test(field)) texts.push(field.slice(field.indexOf(' ') + 1))
      }
    }
  }
  return texts.join('\n')
}

function profileText(content: string): string {
  try {
    const profile = JSON.parse(content) as Record<string, unknown> | null
    const fields = PROFILE_FIELDS.map((name) => profile?.[name])
    return fields.filter((field) => typeof field === 'string').join('\n')
  } catch {
    return '' // a profile that is no JSON says nothing
  }
}

/** Upper case first: some letters have another one there, as ß has SS. */
function fold(text: string): string {
  const letters = text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase()
  return letters.replace(SPECIAL, (letter) => PLAIN[letter]!)
}

/** The pairs of a run, and its last character. */
function pairsOf(letters: string[]): string[] {
  return letters.map((letter, i) => letter + (letters[i + 1] ?? ''))
}

function cut(word: string): string {
  return word.length <= MAX_WORD ? word : word.slice(0, MAX_WORD)
}
