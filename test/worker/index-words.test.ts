/** Words of the log by segments, beside looking at every event. */
import test from 'brittle'
import type { Assert } from 'brittle'
import b4a from 'b4a'
import HyperDB from 'hyperdb'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { hasWords, parseSearch } from '../../protocol/words.ts'
import definition from '../../worker/relays/index-spec/generated/index.js'
import { decode, encodeRows, lengthOf } from '../../worker/relays/index-postings.ts'
import type { Row } from '../../worker/relays/index-postings.ts'
import { indexStorage } from '../../worker/relays/index-storage.ts'
import { newestOf } from '../../worker/relays/query-words.ts'
import { ask, hex, makeEvent, makeSource, openIndex, random } from './index-fixture.ts'

const START = 1_700_000_000
const SEGMENT = 32
const WORDS = ['wren', 'wrens', 'owl', 'owlet', 'Füchse', '猫の手', 'heron', 'her', 'rail', 'tern']

type Next = (below: number) => number

/** Chat, profiles that replace each other, and deletions of what is in the log. */
function someEvent(n: number, log: readonly NostrEvent[], next: Next): NostrEvent {
  const text = Array.from({ length: 1 + next(4) }, () => WORDS[next(10)]!).join(' ')
  const created_at = START + next(500)
  const kind = next(12)
  if (kind === 0) {
    const pubkey = hex(next(3), 'author')
    return makeEvent(n, { kind: 0, content: JSON.stringify({ name: text }), created_at, pubkey })
  }
  const chat = log.filter((event) => event.kind === 9)
  if (kind > 1 || chat.length === 0) return makeEvent(n, { content: text, created_at })
  return makeEvent(n, { kind: 5, content: text, tags: [['e', chat[next(chat.length)]!.id]] })
}

/** What is to be seen of a log. */
function standing(log: readonly NostrEvent[]): NostrEvent[] {
  const found = new Map(log.map((event) => [event.id, event]))
  for (const { kind, tags } of log) if (kind === 5) found.delete(tags[0]![1]!)
  const profiles = [...found.values()].filter(({ kind }) => kind === 0)
  for (const { pubkey } of profiles) {
    const [, ...older] = profiles
      .filter((each) => each.pubkey === pubkey)
      .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1))
    for (const { id } of older) found.delete(id)
  }
  return [...found.values()]
}

const ids = (events: readonly NostrEvent[]): string[] => events.map(({ id }) => id).sort()

test(
  'a log that grows, is cut and reordered: every search is right',
  { timeout: 60_000 },
  async (t) => {
    const seed = 9
    const next = random(seed)
    const source = makeSource()
    const log = source.log.events
    const path = (await t.tmp()) + '/index'
    let index = await openIndex(t, source, path, { segment: SEGMENT })
    let made = 0
    let wrong = 0
    for (let round = 0; round < 60; round++) {
      const cut = next(5)
      if (cut === 0) log.splice(next(log.length + 1))
      else if (cut < 3) log.splice(Math.max(0, log.length - next(6)))
      const again = next(3) === 0 ? log.filter(({ kind }) => kind === 9).slice(0, 2) : []
      for (let i = next(60); i > 0; i--) log.push(someEvent(made++, log, next))
      const seen = new Set(ids(standing(log)))
      log.push(...again.filter(({ id }) => seen.has(id)))
      if (next(4) === 0) {
        await index.close()
        index = await openIndex(t, source, path, { segment: SEGMENT })
      }
      const all = standing(log)
      for (let i = 0; i < 6; i++) {
        const text =
          `${WORDS[next(10)]!} ${WORDS[next(10)]!}`.slice(0, 2 + next(10)) + ' '.repeat(next(2))
        const search = parseSearch(text)
        if (search === null) continue
        const since = next(3) === 0 ? START + next(500) : 0
        const found = ids(await ask(index, [{ search: text, since, limit: 5000 }]))
        const right = all.filter((each) => each.created_at >= since && hasWords(search, each))
        if (JSON.stringify(found) === JSON.stringify(ids(right))) continue
        wrong++
        t.comment(`seed ${seed}, round ${round}, ${log.length} events: ${text}, since ${since}`)
        t.comment(`${found.length} found, ${right.length} right`)
      }
    }
    t.is(wrong, 0)
  }
)

test('words that were not written before the end are, later', async (t) => {
  const source = makeSource()
  const path = (await t.tmp()) + '/index'
  // As a kill between the two leaves it: the events are on the disk, no word is.
  const killed = await openIndex(t, source, path, { segment: 1e6 })
  const some = (from: number, count: number): NostrEvent[] =>
    Array.from({ length: count }, (_, i) => makeEvent(from + i, { content: `wren w${from + i}` }))
  source.log.events.push(...some(0, 5 * SEGMENT))
  await ask(killed, [{}])
  await killed.close()
  t.is((await wordsOn(t, path)).length, 0)

  const index = await openIndex(t, source, path, { segment: SEGMENT })
  t.is((await ask(index, [{ search: 'wren' }])).length, 5 * SEGMENT, 'from their events')
  t.alike(
    ids(await ask(index, [{ search: 'w7' }])),
    [hex(7), ...some(70, 10).map(({ id }) => id)].sort()
  )
  source.log.events.push(...some(500, 1))
  t.is((await ask(index, [{ search: 'wren' }])).length, 5 * SEGMENT + 1)
  await index.close()
  const words = await wordsOn(t, path)
  t.is(words.filter((word) => word === 'wren').length, 1, 'one record of it')
  t.ok(words.includes('w0') && words.includes('w140'))
  t.absent(words.includes('w500'), 'the end is not on the disk')

  const last = await openIndex(t, source, path, { segment: SEGMENT })
  t.is((await ask(last, [{ search: 'wren' }])).length, 5 * SEGMENT + 1)
  source.log.events.splice(10)
  t.is((await ask(last, [{ search: 'wren' }])).length, 10)
  await last.close()
  t.is((await wordsOn(t, path)).length, 0, 'what was cut is gone')
})

test('an event that is in the log twice has its words when one of them goes', async (t) => {
  const source = makeSource()
  const path = (await t.tmp()) + '/index'
  const { events } = source.log
  const twice = makeEvent(0, { content: 'otter' })
  events.push(twice, ...Array.from({ length: 3 * SEGMENT }, (_, i) => makeEvent(1 + i)), twice)
  const killed = await openIndex(t, source, path, { segment: 1e6 })
  await ask(killed, [{}])
  await killed.close()

  const index = await openIndex(t, source, path, { segment: SEGMENT })
  events.push(makeEvent(500))
  t.is((await ask(index, [{ search: 'otter' }])).length, 1)
  await index.close()
  t.ok((await wordsOn(t, path)).includes('otter'), 'written while it stands at its later place')

  const again = await openIndex(t, source, path, { segment: SEGMENT })
  events.splice(-2)
  t.is((await ask(again, [{ search: 'otter' }])).length, 1)
})

/** The words of an index that is closed. */
async function wordsOn(t: Assert, path: string): Promise<string[]> {
  const db = HyperDB.rocks(indexStorage(path), definition as HyperDB.Definition)
  t.teardown(() => db.close())
  const found = await db.find<{ word: Uint8Array }>('@index/word').toArray()
  await db.close()
  return found.map(({ word }) => b4a.toString(word))
}

async function encodedOf(rows: readonly Row[], from: number): Promise<Map<string, Uint8Array>> {
  const encoded = new Map<string, Uint8Array>()
  for await (const [word, postings] of encodeRows(rows, from)) encoded.set(word, postings)
  return encoded
}

test('others have their turn while the words of many events are written', async (t) => {
  const rows = Array.from({ length: 2048 }, (_, position) => {
    return { position, time: 0, words: ` all ${position} ` }
  })
  let turns = 0
  let words = 0
  const turn = (): Promise<void> => Promise.resolve(void turns++)
  for await (const [, postings] of encodeRows(rows, 0, turn)) words += lengthOf(postings)
  t.is(words, 4096)
  t.ok(turns >= 16, `${turns} turns`)
})

test('postings come back as they were, whatever the times', async (t) => {
  const times = [0, 5, 2 ** 50, 3, 1_700_000_000, 2 ** 40]
  const rows = times.map((time, i) => ({ position: 100 + 7 * i, time, words: ' a b ' }))
  rows.push({ position: 1000, time: 8, words: '' })
  const encoded = await encodedOf(rows, 90)
  t.alike([...encoded.keys()], ['a', 'b'])
  t.is(lengthOf(encoded.get('a')!), 6)
  t.alike(
    decode(encoded.get('b')!, 90),
    rows.slice(0, 6).map(({ position, time }) => ({ position, time }))
  )
})

test('the newest are read first, and no more segments than may have them', async (t) => {
  const next = random(3)
  const all: { position: number; time: number }[] = []
  const making = Array.from({ length: 12 }, async (_, n) => {
    const rows = Array.from({ length: 40 }, (_, i) => {
      const time = 1000 + n * 30 + next(100)
      return { position: n * 40 + i, time, words: ' wren ' }
    })
    all.push(...rows)
    const newest = Math.max(...rows.map(({ time }) => time))
    const segment = { from: n * 40, to: n * 40 + 40, newest }
    return { segment, postings: (await encodedOf(rows, n * 40)).get('wren')! }
  })
  const segments = await Promise.all(making)
  const tail = [{ position: 480, time: 1100, words: ' wren ' }]
  all.push(...tail)
  const sorted = all.sort((a, b) => b.time - a.time || b.position - a.position)
  for (const [limit, since, until] of [
    [10, null, null],
    [100, 1100, 1300],
    [481, null, null],
    [1000, null, null]
  ] as const) {
    const use = { events: 481, parts: segments, rows: tail, partial: false }
    const { positions, more } = newestOf(use, { since, until }, limit)
    const right = sorted.filter(({ time }) => time >= (since ?? 0) && time <= (until ?? Infinity))
    const ages = (at: readonly number[]): number[] =>
      at.map((position) => all.find((each) => each.position === position)!.time)
    t.alike(
      ages(positions),
      right.slice(0, limit).map(({ time }) => time)
    )
    t.is(more, right.length > limit)
  }
  const garbled = segments.map((part, i) => (i > 3 ? part : { ...part, postings: b4a.from([1]) }))
  const use = { events: 481, parts: garbled, rows: tail, partial: false }
  t.is(newestOf(use, { since: null, until: null }, 20).positions.length, 20, 'the old ones unread')
})
