import test from 'brittle'
import b4a from 'b4a'
import RocksDB from 'rocksdb-native'
import type { Assert } from 'brittle'

import '../../worker/gathered-reads.ts'

/** How often the disk was asked: what the store itself counts. */
const asked = (db: RocksDB): number =>
  (db as unknown as { _state: { stats: { readBatches: number } } })._state.stats.readBatches

async function open(t: Assert): Promise<RocksDB> {
  const db = new RocksDB(await t.tmp())
  await db.ready()
  t.teardown(() => db.close())
  const write = db.write({ autoDestroy: true })
  for (let i = 0; i < 100; i++) write.tryPut(b4a.from([i]), b4a.from(`value ${i}`))
  await write.flush()
  return db
}

/** As Hypercore reads a block. */
async function read(db: RocksDB, key: number): Promise<string | null> {
  const batch = db.read({ autoDestroy: true })
  const value = batch.get(b4a.from([key]))
  batch.tryFlush()
  const found = await value
  return found === null ? null : b4a.toString(found)
}

test('what is asked for together is read together', async (t) => {
  const db = await open(t)
  const before = asked(db)
  const later = async (i: number): Promise<string | null> => {
    for (let turn = 0; turn < i % 10; turn++) await null // not quite in step
    return read(db, i)
  }
  const found = await Promise.all(Array.from({ length: 110 }, (_, i) => later(i)))
  t.is(asked(db), before + 1)
  for (let i = 0; i < 110; i++) {
    if (found[i] !== (i < 100 ? `value ${i}` : null)) t.fail(`${i}: ${found[i]}`)
  }
})

test('what nobody waits for is not read, and a closed store says so', async (t) => {
  const db = await open(t)
  const before = asked(db)
  const batch = db.read({ autoDestroy: true })
  const dropped = batch.get(b4a.from([1]))
  batch.destroy()
  await t.exception(dropped, /destroyed/)
  t.is(await read(db, 2), 'value 2')
  t.is(asked(db), before + 1)
  const begun = db.read({ autoDestroy: true })
  const answer = begun.get(b4a.from([3]))
  await new Promise((resolve) => setTimeout(resolve, 0)) // a turn, in which the reading begins
  await db.close()
  begun.tryFlush()
  await t.exception(answer)
  t.exception(() => db.read({ autoDestroy: true }))
})
