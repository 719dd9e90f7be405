import { decodeKey } from '../../../protocol/bech32.ts'
import { npubOf } from '../../../protocol/ids.ts'

/** Somebody whose name was chosen while writing. */
export interface Mentioned {
  pubkey: string
  /** As it stands in the words, without the @ */
  name: string
}

const MENTION = /nostr:(npub1[02-9ac-hj-np-z]{58})/g
/** What is being written of a name: from an @ at the beginning of a word to the caret */
const BEGUN = /(?:^|\s)@([^\s@]{0,40})$/u

/** Words cut at people: `pubkey` is set in what stands for one. */
export function findPeople(words: string): { text: string; pubkey: string | null }[] {
  const pieces: { text: string; pubkey: string | null }[] = []
  let end = 0
  for (const match of words.matchAll(MENTION)) {
    const pubkey = pubkeyIn(match[1] ?? '')
    if (pubkey === null) continue
    if (match.index > end) pieces.push({ text: words.slice(end, match.index), pubkey: null })
    pieces.push({ text: match[0], pubkey })
    end = match.index + match[0].length
  }
  if (end < words.length) pieces.push({ text: words.slice(end), pubkey: null })
  return pieces
}

/** The words with people by their names. */
export function readable(words: string, nameOf: (pubkey: string) => string): string {
  return findPeople(words)
    .map(({ text, pubkey }) => (pubkey === null ? text : `@${nameOf(pubkey)}`))
    .join('')
}

/** The words with the chosen people by their keys, as other programs understand it (NIP-27). */
export function withKeys(words: string, mentioned: readonly Mentioned[]): string {
  const longest = [...mentioned].sort((a, b) => b.name.length - a.name.length)
  return longest.reduce(
    (text, { name, pubkey }) => text.replaceAll(`@${name}`, `nostr:${npubOf(pubkey)}`),
    words
  )
}

/** What is being written of a name before the caret; null when it is none. */
export function begunName(words: string, caret: number): string | null {
  return BEGUN.exec(words.slice(0, caret))?.[1] ?? null
}

function pubkeyIn(npub: string): string | null {
  try {
    return decodeKey('npub', npub)
  } catch {
    return null // misspelt: it stays the text that it is
  }
}
