import RocksDB from 'rocksdb-native'

import { UNCACHED } from '../uncached.ts'

/**
 * Bytes that an index collects in memory before it writes a file of its own, in each of
 * two buffers. RocksDB's own choice is 64 MB each, for each of a member's relays.
 */
const WRITE_BUFFER = 4 * 1024 * 1024

/**
 * Records that are read at once. RocksDB's own choice is 8, and for each time a thread is
 * asked and answers: of five hundred events that took half of the time.
 */
const AT_ONCE = 128
/** The same of a reading without a limit, which mostly ends early. */
const UNLIMITED = 16

interface Reading {
  limit?: number
}

/** What an index is kept in. */
export function indexStorage(path: string): RocksDB {
  const columnFamily = new RocksDB.ColumnFamily('default', {
    writeBufferSize: WRITE_BUFFER,
    ...UNCACHED
  })
  const db = new RocksDB(path, { columnFamily })
  const snapshot = db.snapshot.bind(db)
  db.snapshot = () => {
    const view = snapshot()
    const iterator = view.iterator.bind(view)
    view.iterator = ({ limit = -1, ...range }: Reading) => {
      const capacity = limit < 0 ? UNLIMITED : Math.max(1, Math.min(limit, AT_ONCE))
      return iterator({ ...range, limit, capacity })
    }
    return view
  }
  return db
}
