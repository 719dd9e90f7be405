/** How many files somebody added one after the other. */
import test from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { AddedTogether } from '../../worker/added-together.ts'
import { ageOf } from '../../worker/relays/terms.ts'
import type { Entry } from '../../worker/relays/terms.ts'

const NOON = 1_750_000_000
let made = 0

/** An entry of the index, as a file alone in a folder unless told. */
function added(at: number, facts: Partial<NostrEvent> & { path?: string; mime?: string } = {}) {
  const { path = 'Holiday/a.png', mime = 'image/png', ...own } = facts
  const id = (++made).toString(16).padStart(64, '0')
  const imeta = ['imeta', 'url https://a.example/x', `x ${id}`, `m ${mime}`, `path ${path}`]
  const event = { id, pubkey: 'mara', kind: 1063, content: '', created_at: NOON + at }
  const whole = { ...event, sig: '', tags: [imeta], ...own } as NostrEvent
  return { age: ageOf(whole.created_at), event: whole, position: made } as Entry
}

/** What the index gives of these, and how many of them were read. */
function index(entries: Entry[]) {
  const read = { count: 0 }
  const sorted = [...entries].sort((a, b) => a.age - b.age || (idOf(a) < idOf(b) ? -1 : 1))
  async function* query(limit: number): AsyncGenerator<Entry> {
    for (const entry of sorted.slice(0, limit)) {
      read.count++
      yield entry
    }
  }
  const last = sorted.filter(({ age }) => age === sorted[0]?.age)
  last.sort((a, b) => b.position - a.position)
  return { read, query, newest: idOf(last[0]) }
}

const idOf = (entry?: Entry): string => entry?.event?.id ?? ''

async function count(together: AddedTogether, entries: Entry[], generation = 1) {
  const { query, newest, read } = index(entries)
  const { together: found, whole } = await together.count(query, newest, generation)
  return { files: found?.files ?? null, kind: found?.fileKind ?? null, whole, read: read.count }
}

test('what is added is counted once, however it comes', async (t) => {
  const together = new AddedTogether()
  const all = Array.from({ length: 5 }, (_, i) => added(i))
  t.alike(await count(together, all), { files: 5, kind: 'image', whole: true, read: 5 })
  all.push(added(4), added(4), added(5))
  t.is((await count(together, all)).files, 8, 'also in a second that was seen')
  for (let i = 0; i < 300; i++) all.push(added(6 + Math.floor(i / 20)))
  t.is((await count(together, all)).files, 308)
  all.push(added(30))
  const { files, read } = await count(together, all)
  t.is(files, 309)
  all.push(added(29), added(28))
  t.is((await count(together, all)).files, 311, 'also what was made a little before')
  t.ok(read < 100, 'and what was counted is not read again')
  t.is((await count(together, all)).files, 311, 'nor when nothing came')
})

test('words, another person, another folder and time end it', async (t) => {
  const run = [added(1), added(2)]
  const found = async (before: Entry) => (await count(new AddedTogether(), [before, ...run])).files
  t.is(await found(added(0)), 3)
  t.is(await found(added(0, { content: 'Look' })), 2)
  t.is(await found(added(0, { pubkey: 'ivo' })), 2)
  t.is(await found(added(0, { path: 'Other/b.png' })), 2)
  t.is(await found(added(0, { path: 'b.png' })), 2)
  t.is(await found(added(-600)), 2)
  t.is(await found(added(0, { kind: 9021 })), 2)
  t.is((await count(new AddedTogether(), [added(0), added(1, { content: 'Hi' })])).files, null)
  t.is((await count(new AddedTogether(), [added(0)])).files, null, 'one is one')
  const words = added(1, { content: 'Photos!', id: 'f'.repeat(64) })
  const after = [words, added(1), added(1), added(2)]
  t.is(
    (await count(new AddedTogether(), after)).files,
    3,
    'of one second by their place in the log'
  )
})

test('their kind is told where it is one', async (t) => {
  const together = new AddedTogether()
  const all = [added(0), added(1)]
  t.is((await count(together, all)).kind, 'image')
  all.push(added(2, { mime: 'text/plain' }))
  t.is((await count(together, all)).kind, null)
  all.push(added(3))
  t.alike(await count(together, all), { files: 4, kind: null, whole: true, read: 4 })
})

test('what was taken back is not counted any more', async (t) => {
  const together = new AddedTogether()
  const all = [added(0), added(1), added(2)]
  await count(together, all)
  together.forget()
  t.is((await count(together, all.slice(1))).files, 2)
})

test('what is written late is counted too', async (t) => {
  const together = new AddedTogether()
  const all = Array.from({ length: 9 }, (_, i) => added(i))
  t.is((await count(together, all, 1)).files, 9)
  const hear = (entry: Entry, generation: number): void => {
    all.push(entry)
    together.hear([entry.event as NostrEvent], generation)
  }
  hear(added(2), 2)
  t.is((await count(together, all, 2)).files, 10)
  t.is((await count(together, all, 2)).files, 10, 'once')
  for (let i = 0; i < 100; i++) hear(added(i < 50 ? 3 : 9), 3 + i)
  t.is((await count(together, all, 102)).files, 110, 'however many')
  const { read } = await count(together, all, 102)
  t.ok(read < 60, 'and then what is recent is enough again')
  together.hear([added(1).event as NostrEvent], 104)
  all.push(added(10))
  t.is((await count(together, all, 103)).files, 111)
  all.push(added(1))
  t.is((await count(together, all, 104)).files, 112, 'nor is one lost that came during a look')
})

test('what is forgotten during a look stays forgotten', async (t) => {
  const together = new AddedTogether()
  const all = [added(0), added(1), added(2)]
  const { query, newest } = index(all)
  async function* slow(): AsyncGenerator<Entry> {
    yield* query(64)
    together.forget()
  }
  t.is((await together.count(slow, newest, 1)).together?.files, 3)
  t.is((await count(together, all.slice(1), 2)).files, 2)
})

test('the first look is short, and is followed by a whole one', async (t) => {
  const words = added(0, { content: 'Photos!', id: '0'.repeat(64) })
  const all = [words, ...Array.from({ length: 150 }, () => added(0))]
  for (const start of [all, all.slice(1)]) {
    const together = new AddedTogether()
    const first = await count(together, start)
    t.is(first.read, 64)
    t.absent(first.whole, 'of one second only some were seen')
    t.alike(await count(together, start), {
      files: 150,
      kind: 'image',
      whole: true,
      read: start.length
    })
  }
  const { whole } = await count(new AddedTogether(), all.slice(0, 9))
  t.ok(whole, 'when there is no more, it is all')
})
