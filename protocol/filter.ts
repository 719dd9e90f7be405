/**
 * NIP-01 filters: read from strangers' JSON within bounds, and the one question
 * whether an event matches.
 */
import { HypertunaError } from './errors.ts'
import { isHex32 } from './ids.ts'
import type { NostrEvent } from './nostr.ts'
import { hasWords, parseSearch } from './words.ts'
import type { SearchQuery } from './words.ts'

/** A filter as parsed: lists are sets, and what was not asked is null. */
export interface Filter {
  ids: ReadonlySet<string> | null
  authors: ReadonlySet<string> | null
  kinds: ReadonlySet<number> | null
  /** Single-letter tags, each with the values of which one has to be there. */
  tags: readonly (readonly [letter: string, values: ReadonlySet<string>])[]
  /** Seconds, inclusive. */
  since: number | null
  until: number | null
  /** How many at most; only for what is stored. */
  limit: number | null
  /** NIP-50; null when nothing is looked for. */
  search: SearchQuery | null
}

/** Values in one list of a filter. */
export const MAX_VALUES = 1024
const MAX_TAGS = 16
const MAX_TAG_VALUE = 1024
const MAX_SEARCH = 256
const MAX_KIND = 65535
const TAG = /^#[A-Za-z]$/

/**
 * Reads a filter from anyone's JSON. Fields that are not known are refused, since
 * to ignore one would be to answer more than was asked for.
 *
 * @throws {HypertunaError} BAD_REQUEST, saying what is wrong
 */
export function parseFilter(value: unknown): Filter {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('a filter is an object')
  }
  const filter: Filter = {
    ids: null,
    authors: null,
    kinds: null,
    tags: [],
    since: null,
    until: null,
    limit: null,
    search: null
  }
  const tags: [string, ReadonlySet<string>][] = []
  for (const [name, field] of Object.entries(value)) {
    if (!TAG.test(name)) readField(filter, name, field)
    else tags.push([name.slice(1), listOf(name, field, isTagValue)])
  }
  if (tags.length > MAX_TAGS) throw wrong(`a filter has at most ${MAX_TAGS} tags`)
  return { ...filter, tags }
}

function readField(filter: Filter, name: string, field: unknown): void {
  switch (name) {
    case 'ids':
    case 'authors':
      filter[name] = listOf(name, field, isHex32)
      break
    case 'kinds':
      filter.kinds = listOf(name, field, isKind)
      break
    case 'since':
    case 'until':
    case 'limit':
      if (!isCount(field)) throw wrong(`${name} is a whole number, 0 or more`)
      filter[name] = field
      break
    case 'search':
      if (typeof field !== 'string' || field.length > MAX_SEARCH) {
        throw wrong(`search is a text of at most ${MAX_SEARCH} characters`)
      }
      filter.search = parseSearch(field)
      break
    default:
      throw wrong(`unknown field ${JSON.stringify(name.slice(0, 32))}`)
  }
}

/** Whether an event is one of those asked for; `limit` is not looked at. */
export function matches(filter: Filter, event: NostrEvent): boolean {
  const { ids, authors, kinds, since, until, tags, search } = filter
  if (since !== null && event.created_at < since) return false
  if (until !== null && event.created_at > until) return false
  if (kinds !== null && !kinds.has(event.kind)) return false
  if (authors !== null && !authors.has(event.pubkey)) return false
  if (ids !== null && !ids.has(event.id)) return false
  const tagged = tags.every(([letter, values]) =>
    event.tags.some((tag) => tag[0] === letter && tag[1] !== undefined && values.has(tag[1]))
  )
  return tagged && (search === null || hasWords(search, event))
}

function listOf<T>(
  name: string,
  value: unknown,
  isValue: (value: unknown) => value is T
): ReadonlySet<T> {
  if (!Array.isArray(value)) throw wrong(`${name} is a list`)
  if (value.length > MAX_VALUES) throw wrong(`${name} has more than ${MAX_VALUES} values`)
  if (!value.every(isValue)) throw wrong(`${name} has a value that cannot be one`)
  return new Set(value)
}

function isTagValue(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TAG_VALUE
}

function isKind(value: unknown): value is number {
  return isCount(value) && value <= MAX_KIND
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function wrong(reason: string): HypertunaError {
  return new HypertunaError('BAD_REQUEST', reason)
}
