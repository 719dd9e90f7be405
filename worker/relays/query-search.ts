/** NIP-50: the events that have the words, the best first; the limit comes after. */
import { matches } from '../../protocol/filter.ts'
import type { Filter } from '../../protocol/filter.ts'
import { countWords } from '../../protocol/words.ts'
import type { SearchQuery } from '../../protocol/words.ts'
import type { IndexReader } from './index-reader.ts'
import { isShown } from './query.ts'
import type { End, QueryOptions } from './query.ts'
import { order, readTerms } from './query-plan.ts'
import type { Plan } from './query-plan.ts'
import { readWords } from './query-words.ts'
import { eventOf, everyTerm } from './terms.ts'
import type { Entry } from './terms.ts'

/**
 * Entries that are looked at for one filter: of a word that more events have, the
 * newest.
 */
export const MAX_CANDIDATES = 4096

/** BM25's, for how soon repetition saturates and how much longer texts count less. */
const K1 = 1.2
const B = 0.75
/** Words of a text of usual length. */
const USUAL_LENGTH = 24
/** How much a written out word counts beside one that only begins like it. */
const WHOLE = 2

/** How much each word tells: the more, the fewer events have it. */
interface Weights {
  words: [word: string, weight: number][]
  prefixes: [prefix: string, weight: number][]
}

/** Characters of what was found that are kept until it is sent. */
const KEPT = 512 * 1024

interface Found {
  age: number
  id: Uint8Array
  position: number
  score: number
  /** Null for what is read again when its turn comes. */
  entry: Entry | null
}

export async function* rank(
  reader: IndexReader,
  filter: Filter,
  search: SearchQuery,
  { plan, limit, options, end }: { plan: Plan; limit: number; options: QueryOptions; end: End }
): AsyncGenerator<Entry, void, undefined> {
  const weights = await weigh(reader, search)
  const found: Found[] = []
  let looked = 0
  let kept = 0
  if (plan.partial) end.rest = 'unknown'
  for await (const entry of candidates(reader, plan, filter, () => (end.rest = 'unknown'))) {
    if (looked++ === MAX_CANDIDATES || options.aborted?.() === true) {
      end.rest = 'unknown'
      break
    }
    if (!isShown(entry, options) || !matches(filter, eventOf(entry))) continue
    kept += entry.json.length
    const { age, id, position } = entry
    const whole = kept <= KEPT ? entry : null
    found.push({ age, id, position, score: score(entry, weights), entry: whole })
  }
  found.sort((a, b) => b.score - a.score || order(a, b))
  const [next] = found.slice(limit, limit + 1)
  if (next !== undefined) end.rest = next.entry ?? (await reader.at([next.position]))[0]!
  found.length = Math.min(found.length, limit)
  yield* whole(reader, found)
}

/** The entries of what was found, in its order; those that were not kept are read again. */
async function* whole(
  reader: IndexReader,
  found: readonly Found[]
): AsyncGenerator<Entry, void, undefined> {
  for (let next = 0; next < found.length;) {
    const { entry } = found[next]!
    if (entry !== null) {
      next++
      yield entry
      continue
    }
    const page: number[] = []
    for (const most = reader.room.entries(); next < found.length && page.length < most; next++) {
      const { entry: kept, position } = found[next]!
      if (kept !== null) break
      page.push(position)
    }
    for (const again of await reader.at(page)) if (again !== null) yield again
  }
}

function candidates(
  reader: IndexReader,
  plan: Plan,
  filter: Filter,
  cut: () => void
): AsyncGenerator<Entry, void, undefined> {
  const { words } = plan
  if (words === null) return readTerms(reader, plan, filter, MAX_CANDIDATES)
  return readWords(reader, words, { filter, limit: MAX_CANDIDATES, cut })
}

async function weigh(reader: IndexReader, { words, prefixes }: SearchQuery): Promise<Weights> {
  const all = await reader.count(everyTerm())
  const weight = (events: number): number => Math.log(1 + (all - events + 0.5) / (events + 0.5))
  const weighed = async (word: string): Promise<[word: string, weight: number]> => {
    const { events } = await reader.word(word)
    return [word, weight(Math.min(events, all))] // of those it has, some are hidden
  }
  return {
    words: await Promise.all(words.map(weighed)),
    prefixes: await Promise.all(prefixes.map(weighed))
  }
}

function score(entry: Entry, { words, prefixes }: Weights): number {
  const counts = countWords(eventOf(entry))
  let length = 0
  for (const count of counts.values()) length += count
  const long = K1 * (1 - B + (B * length) / USUAL_LENGTH)
  const part = (times: number): number => (times * (K1 + 1)) / (times + long)
  let sum = 0
  for (const [word, weight] of words) sum += weight * part(counts.get(word) ?? 0)
  for (const [prefix, weight] of prefixes) {
    let times = 0
    for (const [word, count] of counts) {
      if (word === prefix) times += WHOLE * count
      else if (word.startsWith(prefix)) times += count
    }
    sum += weight * part(times)
  }
  return sum
}
