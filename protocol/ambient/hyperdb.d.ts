/** What we use of hyperdb, which ships no types. */
declare module 'hyperdb' {
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
      path: string,
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
