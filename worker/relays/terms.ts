/**
 * What an event can be found by. A term is 16 bytes of a hash, so that keys stay
 * small whatever a tag holds; who reads by terms asks the filter once more. Words are
 * no terms: index-postings.ts has them.
 */
import b4a from 'b4a'
import sodium from 'sodium-universal'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { tagValue } from '../../protocol/nostr.ts'
import { KeptBytes } from '../kept-bytes.ts'
import { isAddressable, isReplaceable } from './kinds.ts'

/** What was made of it is kept with it: maps of so many weak keys cost each search for garbage. */
export interface Term extends Uint8Array {
  /** As a text, for maps; once that was asked for. */
  text?: string
  /** How its keys in the index begin; once one was made. */
  beginning?: Uint8Array
  /** Of one that is remembered: where its bytes, and those of its beginning, are. */
  kept?: KeptBytes
}

/** An event as the index keeps it. */
export interface Entry {
  /** {@link ageOf} its created_at: the newest first. */
  age: number
  id: Uint8Array
  /** In the log. */
  position: number
  /** Why it is not to be seen, as bits of {@link HIDDEN}; 0 while it is. */
  hidden: number
  /** Seconds since 1970 (NIP-40); 0 never. */
  expires: number
  /** The event as JSON. */
  json: string
  /** Parsed already, when it is at hand; never stored. */
  event?: NostrEvent
  /** Its terms, once they were asked for; never stored. */
  terms?: Term[]
}

export const HIDDEN = {
  /** A newer version of it is here. */
  superseded: 1,
  /** By its author, a moderator, or with all of its author's. */
  deleted: 2,
  /** With the device of a member that was removed. */
  retracted: 4
} as const

/** Ages count down from here, so that ascending keys are descending times. */
export const ageOf = (createdAt: number): number => Number.MAX_SAFE_INTEGER - createdAt

export const createdAtOf = (age: number): number => Number.MAX_SAFE_INTEGER - age

const HASHED = 0
const HASH_BYTES = 16
const REMEMBERED = 8192
const terms = new Map<string, Term>()
let kept = new KeptBytes()

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
  if (isReplaceable(kind)) return addressTerm(kind, pubkey, '')
  if (isAddressable(kind)) return addressTerm(kind, pubkey, tagValue(event, 'd') ?? '')
  return null
}

export const addressTerm = (kind: number, pubkey: string, d: string): Term =>
  term('r', `${kind}:${pubkey}:${d}`)

/** All terms that an entry can be found by, each once; its id is the first. */
export function termsOf(entry: Entry): Term[] {
  return (entry.terms ??= makeTerms(eventOf(entry)))
}

/** Those that stay while it is hidden, for what may hide it or show it again. */
export function namesOf(event: NostrEvent): Term[] {
  const address = replaceableTerm(event)
  const names = [idTerm(event.id), authorTerm(event.pubkey)]
  return address === null ? names : [...names, address]
}

function makeTerms(event: NostrEvent): Term[] {
  const { kind, pubkey } = event
  const terms = [...namesOf(event), everyTerm(), kindTerm(kind), authorKindTerm(pubkey, kind)]
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

export function eventOf(entry: Entry): NostrEvent {
  return (entry.event ??= JSON.parse(entry.json) as NostrEvent)
}

/** Most terms come again with the next event: its group, its author, its kind. */
function remembered(name: string): Term {
  const known = terms.get(name)
  if (known !== undefined) return known
  if (terms.size >= REMEMBERED) {
    terms.clear()
    kept = new KeptBytes()
  }
  const made: Term = kept.keep(hashed(name))
  made.kept = kept
  terms.set(name, made)
  return made
}

function term(kind: string, value: string): Term {
  const name = `${kind}\0${value}`
  return kind === 'i' ? hashed(name) : remembered(name)
}

function hashed(name: string): Term {
  const out = b4a.allocUnsafe(1 + HASH_BYTES)
  out[0] = HASHED
  sodium.crypto_generichash(out.subarray(1), b4a.from(name))
  return out
}
