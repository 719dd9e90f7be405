/** What was read is not kept a second time, by RocksDB beside the system. */
import test from 'brittle'
import RocksDB from 'rocksdb-native'

import { indexStorage } from '../../worker/relays/index-storage.ts'
import { openStore } from '../../worker/storage.ts'

const PROPERTY = 'rocksdb.block-cache-capacity'

interface Store {
  getProperty(name: string): Promise<string | undefined>
  ready(): Promise<void>
  close(): Promise<void>
}

async function cacheOf(db: unknown): Promise<string | undefined> {
  const store = db as Store
  await store.ready()
  return store.getProperty(PROPERTY)
}

test('neither the store nor an index has a cache of its own', async (t) => {
  const dir = await t.tmp()
  const plain = new RocksDB(`${dir}/plain`)
  t.ok(Number(await cacheOf(plain)) > 2 ** 20, 'RocksDB has one unless it is told')
  await (plain as unknown as Store).close()
  const index = indexStorage(`${dir}/index`)
  t.absent(await cacheOf(index), 'an index')
  await (index as unknown as Store).close()
  const store = await openStore(dir, { driveKey: null, driveVersion: 0 })
  t.absent(await cacheOf((store.storage as unknown as { db: Store }).db), 'the store')
  await store.close()
})
