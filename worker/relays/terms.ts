/**
 * What an event can be found by. A term is 16 bytes of a hash, so that keys stay
 * small whatever a tag holds; who reads by terms asks the filter once more.
 *
 * The `map…` functions are called by the generated index.
 */
import b4a from 'b4a'
import sodium from 'sodium-universal'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { tagValue } from '../../protocol/nostr.ts'
import { isAddressable, isReplaceable } from './policy.ts'

export type Term = Uint8Array

/** An event as the index keeps it. */
export interface Entry {
  /** {@link ageOf} its created_at: the newest first. */
  age: number
  id: Uint8Array
  /** In the log. */
  position: number
  /**
   * One more than the log position of what hides it (a deletion, a newer version);
   * 0 while it is to be seen.
   */
  hidden: number
  /** Seconds since 1970 (NIP-40); 0 never. */
  expires: number
  /** The event as JSON. */
  json: string
  /** Parsed already, when it is at hand; never stored. */
  event?: NostrEvent
  /** Its terms, once they were asked for; never stored. */
  terms?: Term[]
  /** Whether it was there before the batch at hand; never stored. */
  old?: boolean
}

/** Ages count down from here, so that ascending keys are descending times. */
export const ageOf = (createdAt: number): number => Number.MAX_SAFE_INTEGER - createdAt

const TERM_BYTES = 16

export const everyTerm = (): Term => term('*', '')
export const expiringTerm = (): Term => term('x', '')
export const idTerm = (id: string): Term => term('i', id)
export const kindTerm = (kind: number): Term => term('k', String(kind))
export const authorTerm = (pubkey: string): Term => term('a', pubkey)
export const authorKindTerm = (pubkey: string, kind: number): Term => term('b', `${kind}:${pubkey}`)
export const tagTerm = (letter: string, value: string): Term => term('t' + letter, value)

/** What only one visible event may have; null for a kind whose events all stay. */
export function replaceableTerm(event: NostrEvent): Term | null {
  const { kind, pubkey } = event
  if (isReplaceable(kind)) return term('r', `${kind}:${pubkey}:`)
  if (isAddressable(kind)) return term('r', `${kind}:${pubkey}:${tagValue(event, 'd') ?? ''}`)
  return null
}

/** All terms of an entry, each once. */
export function termsOf(entry: Entry): Term[] {
  return (entry.terms ??= makeTerms(eventOf(entry)))
}

function makeTerms(event: NostrEvent): Term[] {
  const { id, kind, pubkey } = event
  const terms = [
    everyTerm(),
    idTerm(id),
    kindTerm(kind),
    authorTerm(pubkey),
    authorKindTerm(pubkey, kind)
  ]
  const replaceable = replaceableTerm(event)
  if (replaceable !== null) terms.push(replaceable)
  if (expiryOf(event) > 0) terms.push(expiringTerm())
  const seen = new Set<string>()
  for (const [letter = '', value] of event.tags) {
    if (value === undefined || !/^[A-Za-z]$/.test(letter) || seen.has(letter + value)) continue
    seen.add(letter + value)
    terms.push(tagTerm(letter, value))
  }
  return terms
}

/** NIP-40: when an event ends, in seconds; 0 for never, or what is no time. */
export function expiryOf(event: Pick<NostrEvent, 'tags'>): number {
  const seconds = Number(tagValue(event, 'expiration') ?? 0)
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : 0
}

export const isExpired = (expires: number, now: number): boolean => expires > 0 && expires <= now

export function mapTerms(entry: Entry): { term: Term; age: number; id: Uint8Array }[] {
  if (entry.hidden > 0) return []
  const { age, id } = entry
  return termsOf(entry).map((term) => ({ term, age, id }))
}

export function mapHidden(entry: Entry): number[] {
  return entry.hidden > 0 ? [entry.hidden] : []
}

export function eventOf(entry: Entry): NostrEvent {
  return (entry.event ??= JSON.parse(entry.json) as NostrEvent)
}

function term(kind: string, value: string): Term {
  const out = b4a.allocUnsafe(TERM_BYTES)
  sodium.crypto_generichash(out, b4a.from(`${kind}\0${value}`))
  return out
}
