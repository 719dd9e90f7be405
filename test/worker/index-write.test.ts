import test from 'brittle'
import b4a from 'b4a'
import HyperDB from 'hyperdb'
import type { Assert } from 'brittle'

import definition from '../../worker/relays/index-spec/generated/index.js'
import { indexStorage } from '../../worker/relays/index-storage.ts'
import { IndexWrite } from '../../worker/relays/index-write.ts'
import { ageOf, eventOf, namesOf, termsOf } from '../../worker/relays/terms.ts'
import type { Entry } from '../../worker/relays/terms.ts'
import { hex, makeEvent, random } from './index-fixture.ts'

interface Opened {
  db: HyperDB
  /** Everything on the disk, as hex. */
  all(): Promise<string[]>
}

async function open(t: Assert): Promise<Opened> {
  const storage = indexStorage(await t.tmp())
  const db = HyperDB.rocks(storage, definition as HyperDB.Definition)
  await db.ready()
  t.teardown(() => db.close())
  const all = async (): Promise<string[]> => {
    const found: string[] = []
    for await (const { key, value } of storage.iterator({})) {
      found.push(`${b4a.toString(key, 'hex')} ${b4a.toString(value, 'hex')}`)
    }
    return found
  }
  return { db, all }
}

function makeEntry(n: number): Entry {
  const tags = [
    ['h', 'group'],
    ['t', `topic\0${n % 3}`],
    ['d', `${n}`]
  ]
  const event = makeEvent(n, { kind: n % 4 === 0 ? 30_000 : 9, tags, content: `Ünder ${n} 日本語` })
  const id = b4a.from(n % 5 === 0 ? '00'.repeat(31) + hex(n).slice(0, 2) : hex(n), 'hex')
  const json = JSON.stringify(event)
  return { age: ageOf(event.created_at), id, position: n, hidden: 0, expires: 0, json, event }
}

/** All that an entry is kept as. */
function recordsOf(
  entry: Entry,
  { hidden, position }: { hidden: number; position: number }
): [collection: string, record: object][] {
  const { age, id } = entry
  const terms = hidden === 0 ? termsOf(entry) : namesOf(eventOf(entry))
  const found = terms.map((term): [string, object] => ['@index/term', { term, age, id }])
  return [['@index/entry', entry], ['@index/place', { position, age, id }], ...found]
}

test('the disk has what HyperDB would have written, byte for byte', async (t) => {
  const [ours, theirs] = [await open(t), await open(t)]
  const below = random(7)
  const held = new Map<number, { hidden: number; position: number }>()
  for (let round = 0; round < 12; round++) {
    const write = new IndexWrite()
    const tx = theirs.db.transaction()
    const writing: Promise<void>[] = []
    for (let n = 0; n < 30; n++) {
      if (below(3) === 0) continue
      const was = held.get(n) ?? null
      const entry = makeEntry(n)
      for (const [collection, record] of was === null ? [] : recordsOf(entry, was)) {
        writing.push(tx.delete(collection, record))
      }
      await Promise.all(writing)
      if (was !== null && below(3) === 0) {
        write.deleteEntry(entry, was)
        held.delete(n)
        continue
      }
      entry.hidden = below(2) * 2
      entry.position = n + 100 * below(2)
      write.putEntry(entry, was)
      for (const [collection, record] of recordsOf(entry, entry)) {
        writing.push(tx.insert(collection, record))
      }
      held.set(n, { hidden: entry.hidden, position: entry.position })
    }
    const head = { name: 'head', version: 3, position: round, generation: round }
    write.put('@index/head', head)
    writing.push(tx.insert('@index/head', head))
    await Promise.all(writing)
    await tx.flush()
    await write.flush(ours.db)
    const [got, expected] = [await ours.all(), await theirs.all()]
    t.ok(expected.length > 100)
    t.alike(got, expected)
  }
  t.is((await ours.db.find('@index/entry').toArray()).length, held.size, 'and it reads that')
})

test('a place that one entry leaves and another takes is the other’s', async (t) => {
  const { db } = await open(t)
  const [a, b] = [makeEntry(1), makeEntry(2)]
  const first = new IndexWrite()
  first.putEntry(a, null)
  await first.flush(db)
  const second = new IndexWrite()
  second.putEntry({ ...b, position: 1 }, null)
  second.putEntry({ ...a, position: 7 }, { hidden: 0, position: 1 })
  await second.flush(db)
  const place = await db.get<{ id: Uint8Array }>('@index/place', { position: 1 })
  t.alike(place?.id, b.id)
})
