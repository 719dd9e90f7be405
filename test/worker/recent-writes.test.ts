/** What is read from memory is what the disk holds. */
import test from 'brittle'
import b4a from 'b4a'
import RocksDB from 'rocksdb-native'
import type { Assert } from 'brittle'

import '../../worker/gathered-reads.ts'

type Batch = RocksDB.WriteBatch & { tryDeleteRange(start: Uint8Array, end: Uint8Array): void }

const asked = (db: RocksDB): number =>
  (db as unknown as { _state: { stats: { readBatches: number } } })._state.stats.readBatches

async function open(t: Assert): Promise<RocksDB> {
  const db = new RocksDB(await t.tmp())
  await db.ready()
  t.teardown(() => db.close())
  await read(db, 0) // as Hypercore does first
  return db
}

const keyOf = (key: number): Uint8Array => b4a.from([key])
const write = (db: RocksDB): Batch => db.write({ autoDestroy: true }) as Batch

async function read(db: RocksDB, key: number): Promise<string | null> {
  const batch = db.read({ autoDestroy: true })
  const value = batch.get(keyOf(key))
  batch.tryFlush()
  const found = await value
  return found === null ? null : b4a.toString(found)
}

/** Past what is in memory: a snapshot is read from the disk. */
async function readDisk(db: RocksDB, key: number): Promise<string | null> {
  const snapshot = db.snapshot()
  const found = await snapshot.get(keyOf(key))
  await snapshot.close()
  return found === null ? null : b4a.toString(found)
}

test('what was just written is read without the disk, until it is another', async (t) => {
  const db = await open(t)
  const first = write(db)
  for (let key = 0; key < 10; key++) first.tryPut(keyOf(key), b4a.from(`first ${key}`))
  await first.flush()
  const before = asked(db)
  t.is(await read(db, 3), 'first 3')
  t.is(asked(db), before)

  const given = db.read({ autoDestroy: true })
  const value = given.get(keyOf(4))
  given.tryFlush()
  ;(await value)!.fill(0) // whoever reads may do with it what they like
  t.is(await read(db, 4), 'first 4')

  const snapshot = db.snapshot()
  const second = write(db)
  second.tryPut(keyOf(3), b4a.from('second'))
  second.tryDelete(keyOf(5))
  await second.flush()
  t.is(await read(db, 3), 'second')
  t.is(await read(db, 5), null)
  t.is(asked(db), before)
  t.is(
    b4a.toString((await snapshot.get(keyOf(3)))!),
    'first 3',
    'a moment that was kept is that one'
  )
  await snapshot.close()

  const range = write(db)
  range.tryDeleteRange(keyOf(0), keyOf(4))
  await range.flush()
  t.is(await read(db, 3), null)
  t.is(await read(db, 6), 'first 6')
  const ended = asked(db)
  t.is(await read(db, 7), 'first 7')
  t.is(asked(db), ended, 'the end of a range leaves the others known')
})

test('whatever is written at once, memory and disk say the same', async (t) => {
  const db = await open(t)
  let seed = 7
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    return (seed >> 8) % below
  }
  for (let round = 0; round < 120; round++) {
    const writing = Array.from({ length: 1 + random(4) }, (_, part) => {
      const batch = write(db)
      for (let n = random(6); n >= 0; n--) {
        const kind = random(12)
        const key = random(24)
        if (kind === 0) batch.tryDeleteRange(keyOf(key), keyOf(key + random(6)))
        else if (kind < 4) batch.tryDelete(keyOf(key))
        else batch.tryPut(keyOf(key), b4a.from(`${round}.${part}.${n}`.padEnd(random(3000))))
      }
      return batch.flush()
    })
    const during = Promise.all(Array.from({ length: 6 }, () => read(db, random(24))))
    await Promise.all([...writing, during])
    for (let key = 0; key < 24; key++) {
      const [memory, disk] = [await read(db, key), await readDisk(db, key)]
      if (memory !== disk) return t.fail(`${key} in round ${round}: ${memory} and ${disk}`)
    }
  }
  t.pass()
})
