/**
 * Reads of the store that are asked for in one turn of the event loop go to the disk
 * together.
 *
 * Hypercore reads each block by a request of its own, and each request wakes a thread:
 * 40 µs, four times for each event that a relay takes in. Hundreds of lookups in a
 * Hyperbee that run side by side then cost as many requests as one of them is deep.
 */
import RocksDB from 'rocksdb-native'

const { prototype } = RocksDB
const { read } = prototype

/** What is asked for in this turn, by what it is asked of. */
const asked = new Map<object, RocksDB.ReadBatch>()

/** Stands for a request of hypercore-storage, which asks, flushes and forgets it. */
class SharedRead implements RocksDB.ReadBatch {
  readonly #session: RocksDB

  constructor(session: RocksDB) {
    this.#session = session
  }

  get(key: Uint8Array): Promise<Uint8Array | null> {
    return gather(this.#session).get(key)
  }

  tryFlush(): void {} // at the end of this turn

  destroy(): void {}
}

prototype.read = function (options) {
  const once = options?.autoDestroy === true && options.capacity === undefined
  return once && !this.closed ? new SharedRead(this) : read.call(this, options)
}

function gather(session: RocksDB): RocksDB.ReadBatch {
  const of = session._snapshot ?? session._columnFamily
  const known = asked.get(of)
  if (known !== undefined) return known
  const batch = read.call(session, { autoDestroy: true, capacity: 16 })
  asked.set(of, batch)
  setImmediate(() => {
    asked.delete(of)
    batch.tryFlush()
  })
  return batch
}
