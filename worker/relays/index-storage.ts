import RocksDB from 'rocksdb-native'

/**
 * Bytes that an index collects in memory before it writes a file of its own, in each of
 * two buffers. RocksDB's own choice is 64 MB each, for each of a member's relays.
 */
const WRITE_BUFFER = 4 * 1024 * 1024

/** What an index is kept in. */
export function indexStorage(path: string): RocksDB {
  const columnFamily = new RocksDB.ColumnFamily('default', { writeBufferSize: WRITE_BUFFER })
  return new RocksDB(path, { columnFamily })
}
