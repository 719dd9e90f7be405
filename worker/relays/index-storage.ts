import RocksDB from 'rocksdb-native'

/**
 * Bytes that an index collects in memory before it writes a file of its own. It has two
 * such buffers; RocksDB's own choice of 64 MB each is as fast, and 100 MB of memory more.
 */
const WRITE_BUFFER = 4 * 1024 * 1024

/** What an index is kept in. */
export function indexStorage(path: string): RocksDB {
  const columnFamily = new RocksDB.ColumnFamily('default', { writeBufferSize: WRITE_BUFFER })
  return new RocksDB(path, { columnFamily })
}
