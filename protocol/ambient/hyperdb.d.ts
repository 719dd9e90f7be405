/** What we use of hyperdb, which ships no types. */
declare module 'rocksdb-native' {
  namespace RocksDB {
    class ColumnFamily {
      /** @param options.writeBufferSize - bytes of each of the two buffers in memory */
      constructor(
        name: string,
        options?: {
          writeBufferSize?: number
          blockCache?: boolean
          tableCacheIndexAndFilterBlocks?: boolean
        }
      )
    }
    /** Requests that go to the disk together. */
    interface ReadBatch {
      get(key: Uint8Array): Promise<Uint8Array | null>
      tryFlush(): void
      destroy(): void
    }
    /** Changes that go to the disk together. */
    interface WriteBatch {
      tryPut(key: Uint8Array, value: Uint8Array): void
      tryDelete(key: Uint8Array): void
      flush(): Promise<void>
    }
  }
  class RocksDB {
    constructor(path: string, options?: { columnFamily?: RocksDB.ColumnFamily })
    readonly closed: boolean
    ready(): Promise<void>
    close(): Promise<void>
    get(key: Uint8Array): Promise<Uint8Array | null>
    write(options?: { autoDestroy?: boolean }): RocksDB.WriteBatch
    /** @param range.capacity - records that are read at once; 8 unless given */
    iterator(range: {
      gte?: Uint8Array
      lt?: Uint8Array
      limit?: number
      capacity?: number
    }): AsyncIterable<{ key: Uint8Array; value: Uint8Array }>
    /** How it is now. */
    snapshot(): RocksDB
    /** With `autoDestroy` the batch is over once it was flushed. */
    read(options?: { autoDestroy?: boolean; capacity?: number }): RocksDB.ReadBatch
    readonly _snapshot: object | null
    readonly _columnFamily: RocksDB.ColumnFamily
  }
  export = RocksDB
}

declare module 'hyperdb' {
  import type RocksDB from 'rocksdb-native'
  namespace HyperDB {
    interface Definition {
      readonly versions: { schema: number; db: number }
    }
    interface Query {
      gt?: unknown
      gte?: unknown
      lt?: unknown
      lte?: unknown
      limit?: number
      reverse?: boolean
    }
    interface Found<T> extends AsyncIterable<T> {
      toArray(): Promise<T[]>
      one(): Promise<T | null>
    }
  }
  class HyperDB {
    static rocks(
      storage: string | RocksDB,
      definition: HyperDB.Definition,
      options?: { readOnly?: boolean }
    ): HyperDB
    readonly closed: boolean
    ready(): Promise<void>
    close(): Promise<void>
    get<T>(collection: string, key: unknown): Promise<T | null>
    find<T>(collectionOrIndex: string, query?: HyperDB.Query): HyperDB.Found<T>
    insert(collection: string, record: unknown): Promise<void>
    delete(collection: string, key: unknown): Promise<void>
    flush(): Promise<void>
    /** Reads between the two go to the disk together. */
    cork(): void
    uncork(): void
    /** Reads from now on see what is there now; to be closed. */
    snapshot(): HyperDB
    /** Writes of its own until it is flushed, which closes it. */
    transaction(): HyperDB
  }
  export = HyperDB
}
