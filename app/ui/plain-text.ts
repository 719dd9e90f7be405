/**
 * What members write is text and nothing else. Their names and words reach the page through
 * React's text nodes; here is what keeps text from lying about itself.
 */

// Overrides, embeddings, isolates and marks could turn "gpj.exe" into "exe.jpg"
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g
const BIDI_IN_WORDS = /[\u202a-\u202e\u2066-\u2069]/g
const CONTROLS_IN_WORDS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
const LINK = /https?:\/\/[^\s<>"'`]+/gi
const AFTER_LINK = /[.,;:!?\]}'"]+$/
const NAME_SHOWN = 300
const LINES_SHOWN = 12
const CHARACTERS_SHOWN = 1000

/** A name on one line with nothing invisible in it that changes its order. */
export function plainName(name: string): string {
  return name.replace(CONTROLS, ' ').replace(BIDI, '').trim().slice(0, NAME_SHOWN)
}

/** A message's words: line breaks stay, what reorders or hides text goes. */
export function plainWords(words: string): string {
  return words.replace(CONTROLS_IN_WORDS, '').replace(BIDI_IN_WORDS, '')
}

/** Stem and extension apart, so that a shortened name still shows what kind of file it is. */
export function splitName(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  if (dot <= 0 || name.length - dot > 9) return { stem: name, extension: '' }
  return { stem: name.slice(0, dot), extension: name.slice(dot) }
}

/** What a long text starts with, cut between words; null for one short enough to be seen whole. */
export function startOf(words: string): string | null {
  const lines = words.split('\n', LINES_SHOWN + 6)
  const many = lines.length === LINES_SHOWN + 6
  if (!many && words.length <= CHARACTERS_SHOWN * 1.5) return null
  const start = (many ? lines.slice(0, LINES_SHOWN).join('\n') : words).slice(0, CHARACTERS_SHOWN)
  const space = start.search(/\s\S*$/)
  return (space > CHARACTERS_SHOWN / 2 ? start.slice(0, space) : start).trimEnd().toWellFormed()
}

export interface Piece {
  text: string
  /** Set when the piece is a link; always http or https */
  href: string | null
}

/** Words cut into text and links. Only http and https become links. */
export function findLinks(words: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of words.matchAll(LINK)) {
    const text = withoutTail(match[0])
    const href = webAddress(text)
    if (href === null) continue
    if (match.index > end) pieces.push({ text: words.slice(end, match.index), href: null })
    pieces.push({ text, href })
    end = match.index + text.length
  }
  if (end < words.length) pieces.push({ text: words.slice(end), href: null })
  return pieces
}

/** A sentence's own marks are not part of its link; a bracket is, if the link opened one. */
function withoutTail(link: string): string {
  let text = link
  for (;;) {
    let next = text.replace(AFTER_LINK, '')
    if (next.endsWith(')') && !next.includes('(')) next = next.slice(0, -1)
    if (next === text) return text
    text = next
  }
}

/** The address as the browser will use it, or null if it is not http or https. */
export function webAddress(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null
}
