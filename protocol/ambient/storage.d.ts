declare module 'corestore' {
  import type ReadyResource from 'ready-resource'
  import type { Duplex } from 'streamx'
  import type Hypercore from 'hypercore'
  import type Protomux from 'protomux'
  import type { KeyPair } from 'hypercore-crypto'

  namespace Corestore {
    interface SessionOptions {
      active?: boolean
      namespace?: Uint8Array
    }
    interface Options extends SessionOptions {
      primaryKey?: Uint8Array
      readOnly?: boolean
      /** Wait for the lock instead of failing when another process has the store. */
      wait?: boolean
      id?: Uint8Array | string
      allowBackup?: boolean
      /** The store that a session is of. */
      root?: Corestore
    }
    interface GetOptions {
      key?: Uint8Array | string
      discoveryKey?: Uint8Array
      name?: string
      keyPair?: KeyPair
      /** Kept with a core that has none yet; its hash must be the core's key. */
      manifest?: { version: number; signers: { publicKey: Uint8Array }[] } | null
      active?: boolean
      exclusive?: boolean
      cache?: boolean
      valueEncoding?: unknown
      encryptionKey?: Uint8Array | null
      createIfMissing?: boolean
    }
    /** The shared state behind the sessions of one core. */
    interface InternalCore {
      readonly discoveryKey: Uint8Array
      readonly opened: boolean
      readonly replicator: {
        readonly downloading: boolean
        readonly peers: readonly { protomux: Protomux; channel: Protomux.Channel }[]
        attached(mux: Protomux): boolean
        attachTo(mux: Protomux): void
        /** Answers no more channels; those that are open stay. */
        detachFrom(mux: Protomux): void
      }
      /** Known once ready. */
      readonly state: {
        readonly storage: {
          read(): { getUserData(key: string): Promise<Uint8Array | null>; tryFlush(): void }
        }
        setUserData(key: string, value: Uint8Array): Promise<void>
      }
      ready(): Promise<void>
      checkIfIdle(): void
      hasSession(): boolean
      close(): Promise<void>
    }
    /** A core on the disk, open without Hypercore. */
    interface CoreStorage {
      read(): { getUserData(key: string): Promise<Uint8Array | null>; tryFlush(): void }
      close(): Promise<void>
    }
    /** Where a core lies on the disk. */
    interface CorePlace {
      readonly corePointer: number
      readonly dataPointer: number
    }
  }

  class Corestore extends ReadyResource {
    constructor(storage: string | Hypercore.Storage | null, options?: Corestore.Options)
    readonly storage: {
      compact(options?: Record<string, number>): Promise<void>
      /** RocksDB: writes what is only in memory and in the log to files of its own, synced. */
      readonly db: { flush(): Promise<void> }
      path?: string
      hasCore(discoveryKey: Uint8Array): Promise<boolean>
      createCoreStream(): AsyncIterable<{
        discoveryKey: Uint8Array
        core: Corestore.CorePlace
      }>
      resumeCore(discoveryKey: Uint8Array): Promise<Corestore.CoreStorage | null>
      deleteCore(place: Corestore.CorePlace): Promise<void>
    }
    readonly streamTracker: {
      readonly records: { stream: Duplex & { noiseStream: Duplex & { userData: Protomux } } }[]
      attachAll(core: Corestore.InternalCore): void
    }
    readonly cores: Iterable<Corestore.InternalCore> & {
      get(discoveryKey: Uint8Array): Corestore.InternalCore | null
      _gc(core: Corestore.InternalCore): void
    }
    session(options?: Corestore.SessionOptions): Corestore
    namespace(name: string | Uint8Array, options?: Corestore.SessionOptions): Corestore
    _openCore(
      discoveryKey: Uint8Array | null,
      options: Corestore.GetOptions
    ): Corestore.InternalCore
    get(options: Corestore.GetOptions | Uint8Array | string): Hypercore
    replicate(stream: Duplex | boolean, options?: { live?: boolean }): Duplex
    findingPeers(): () => void
    list(namespace?: Uint8Array): AsyncIterable<Uint8Array>
    createKeyPair(name: string): Promise<KeyPair>
    _attachMaybe(mux: Protomux, discoveryKey: Uint8Array): Promise<void>
    _shouldReplicate(core: Corestore.InternalCore, mux: Protomux): boolean
  }
  export = Corestore
}

declare module 'hypercore' {
  import type ReadyResource from 'ready-resource'
  import type { Duplex } from 'streamx'
  import type { KeyPair } from 'hypercore-crypto'

  namespace Hypercore {
    /** An opened place on the disk: a RocksDB. */
    interface Storage {
      close(): Promise<void>
    }
    interface GetOptions {
      wait?: boolean
      timeout?: number
      valueEncoding?: unknown
    }
    interface Manifest {
      version: number
      signers: { publicKey: Uint8Array; namespace?: Uint8Array }[]
      /** What the core was begun with: the same for everybody, and signed by nobody. */
      prologue?: { hash: Uint8Array; length: number } | null
    }
    interface Peer {
      remotePublicKey: Uint8Array
      remoteLength: number
      remoteContiguousLength: number
      remoteFork: number
      /** Whether it has said how long its copy is. */
      remoteSynced: boolean
    }
  }
  class Hypercore<T = Uint8Array> extends ReadyResource {
    readonly key: Uint8Array
    readonly discoveryKey: Uint8Array
    readonly id: string
    readonly keyPair: KeyPair | null
    readonly length: number
    readonly contiguousLength: number
    readonly byteLength: number
    readonly fork: number
    readonly writable: boolean
    readonly manifest: Hypercore.Manifest | null
    /** Blocks that its signers vouch for. */
    readonly signedLength: number
    readonly peers: Hypercore.Peer[]
    /**
     * @param options.writeBufferSize bytes kept in memory before they go to a file
     * @param options.blobGarbageCollectionAgeCutOff share of the oldest blobs that each
     *   compaction rewrites, 0 to 1
     */
    static defaultStorage(
      path: string,
      options?: {
        writeBufferSize?: number
        blobGarbageCollectionAgeCutOff?: number
        blockCache?: boolean
        tableCacheIndexAndFilterBlocks?: boolean
        treeCache?: { maxSize: number }
        readOnly?: boolean
      }
    ): Hypercore.Storage
    static key(manifest: Hypercore.Manifest | Uint8Array): Uint8Array
    static discoveryKey(key: Uint8Array): Uint8Array
    static createProtocolStream(
      stream: Duplex | boolean,
      options?: { ondiscoverykey?: (discoveryKey: Uint8Array) => void | Promise<void> }
    ): Duplex
    /** As `treeHash`, of a session or of what is behind all of them; asks nobody. */
    static treeHashFromStorage(
      session: { readonly state: { readonly length: number } },
      length?: number
    ): Promise<Uint8Array>
    /** Of a session: what it wrote, or what everybody has. */
    readonly state: { readonly length: number }
    get(index: number, options: Hypercore.GetOptions & { wait: false }): Promise<T | null>
    get(index: number, options?: Hypercore.GetOptions): Promise<T>
    has(start: number, end?: number): Promise<boolean>
    /** A hash that commits to all blocks before a length. */
    treeHash(length?: number): Promise<Uint8Array>
    append(blocks: T | T[]): Promise<{ length: number; byteLength: number }>
    truncate(length: number, options?: number | { fork?: number }): Promise<void>
    clear(
      start: number,
      end?: number,
      options?: { diff?: boolean }
    ): Promise<{ blocks: number } | null>
    compact(): Promise<void>
    /** @param options.force also what this device writes itself */
    update(options?: { wait?: boolean; force?: boolean }): Promise<boolean>
    /** @param range.linear the first block first, rather than any */
    download(range?: { start?: number; end?: number; blocks?: number[]; linear?: boolean }): {
      done(): Promise<void>
      destroy(): void
    }
    createReadStream(options?: {
      start?: number
      end?: number
      live?: boolean
      snapshot?: boolean
    }): AsyncIterable<T>
    snapshot(): Hypercore<T>
    session(options?: { valueEncoding?: unknown; writable?: boolean }): Hypercore<T>
    findingPeers(): () => void
    replicate(stream: unknown): Duplex
    setActive(active: boolean): void
    /** Small values kept beside the core, on this disk only. */
    setUserData(key: string, value: Uint8Array): Promise<void>
    getUserData(key: string): Promise<Uint8Array | null>
    /** The state behind all sessions; which blocks are here. */
    readonly core: {
      readonly bitfield: { firstSet(from: number): number; firstUnset(from: number): number }
      /** `eagerUpgrade`: whether it takes over what is longer elsewhere without being asked. */
      readonly replicator: {
        eagerUpgrade: boolean
        /** Blocks that are asked for at once, by how long an answer takes. */
        setInflightRange(least: number, most: number): void
      }
      /** What was signed, and so is everybody's. */
      readonly state: { readonly length: number }
    }
    info(options?: { storage?: boolean }): Promise<{ storage?: { blocks: number } | null }>
  }
  export = Hypercore
}

declare module 'hyperbee' {
  import type ReadyResource from 'ready-resource'
  import type Hypercore from 'hypercore'

  namespace Hyperbee {
    interface Options {
      keyEncoding?: unknown
      valueEncoding?: unknown
      extension?: boolean
      metadata?: unknown
    }
    interface Node<K = string, V = unknown> {
      seq: number
      key: K
      value: V
    }
    interface Range<K = string> {
      gt?: K
      gte?: K
      lt?: K
      lte?: K
    }
    interface ReadOptions {
      reverse?: boolean
      limit?: number
    }
    interface Reader<K, V> {
      get(key: K, options?: { wait?: boolean; timeout?: number }): Promise<Node<K, V> | null>
      peek(range: Range<K>, options?: ReadOptions): Promise<Node<K, V> | null>
      createReadStream(
        range?: Range<K>,
        options?: ReadOptions
      ): AsyncIterable<Node<K, V>> & { destroy(): void }
    }
    interface Batch<K, V> extends Reader<K, V> {
      put(key: K, value?: V, options?: unknown): Promise<void>
      del(key: K, options?: unknown): Promise<void>
      flush(): Promise<void>
      close(): Promise<void>
    }
    interface Diff<K, V> {
      left: Node<K, V> | null
      right: Node<K, V> | null
    }
  }
  class Hyperbee<K = string, V = unknown> extends ReadyResource implements Hyperbee.Reader<K, V> {
    constructor(core: Hypercore, options?: Hyperbee.Options)
    readonly core: Hypercore
    readonly feed: Hypercore
    readonly version: number
    get(key: K, options?: { wait?: boolean; timeout?: number }): Promise<Hyperbee.Node<K, V> | null>
    peek(
      range: Hyperbee.Range<K>,
      options?: Hyperbee.ReadOptions
    ): Promise<Hyperbee.Node<K, V> | null>
    createReadStream(
      range?: Hyperbee.Range<K>,
      options?: Hyperbee.ReadOptions
    ): AsyncIterable<Hyperbee.Node<K, V>> & { destroy(): void }
    createDiffStream(
      left: number | Hyperbee<K, V>,
      range?: Hyperbee.Range<K>,
      options?: Hyperbee.ReadOptions
    ): AsyncIterable<Hyperbee.Diff<K, V>>
    put(key: K, value?: V): Promise<void>
    del(key: K): Promise<void>
    batch(options?: { update?: boolean }): Hyperbee.Batch<K, V>
    snapshot(): Hyperbee<K, V>
    checkout(version: number): Hyperbee<K, V>
    update(options?: { wait?: boolean }): Promise<boolean>
  }
  export = Hyperbee
}

declare module 'hyperdrive' {
  import type ReadyResource from 'ready-resource'
  import type { Readable, Writable } from 'streamx'
  import type Corestore from 'corestore'
  import type Hypercore from 'hypercore'
  import type Hyperbee from 'hyperbee'

  namespace Hyperdrive {
    interface BlobId {
      blockOffset: number
      blockLength: number
      byteOffset: number
      byteLength: number
    }
    interface Entry {
      seq: number
      key: string
      value: {
        executable: boolean
        linkname: string | null
        blob: BlobId | null
        metadata: unknown
      }
    }
    interface ReadOptions {
      start?: number
      end?: number
      length?: number
      wait?: boolean
      timeout?: number
      prefetch?: number
    }
    interface Blobs {
      readonly core: Hypercore
      readonly locked: boolean
      get(id: BlobId, options?: ReadOptions): Promise<Uint8Array | null>
      put(buffer: Uint8Array): Promise<BlobId>
      clear(id: BlobId, options?: { diff?: boolean }): Promise<{ blocks: number } | null>
      createReadStream(id: BlobId, options?: ReadOptions): Readable<Uint8Array>
      createWriteStream(): Writable<Uint8Array> & { id: BlobId }
      batch(): {
        put(buffer: Uint8Array): Promise<BlobId>
        flush(): Promise<void>
        close(): void
      }
    }
    interface Watcher extends AsyncIterable<[Hyperdrive, Hyperdrive]> {
      ready(): Promise<void>
      destroy(): Promise<void>
    }
    interface EntryOptions {
      executable?: boolean
      linkname?: string | null
      blob?: BlobId | null
      metadata?: unknown
    }
    interface MirrorOptions {
      /** All changes in one append. */
      batch?: boolean
      prefix?: string
      filter?: (key: string) => boolean
      dryRun?: boolean
      prune?: boolean
    }
    interface Batch {
      /** As it will be with what was put so far. */
      entry(path: string): Promise<Entry | null>
      putEntry(path: string, options?: EntryOptions): Promise<void>
      del(path: string): Promise<void>
      flush(): Promise<void>
      /** Without writing anything. */
      close(): Promise<void>
    }
  }
  class Hyperdrive extends ReadyResource {
    constructor(store: Corestore, key?: Uint8Array | string | null, options?: { active?: boolean })
    static getContentKey(
      manifest: Hypercore.Manifest | Hypercore,
      key?: Uint8Array
    ): Uint8Array | null
    readonly key: Uint8Array
    readonly discoveryKey: Uint8Array
    readonly contentKey: Uint8Array | undefined
    readonly core: Hypercore
    readonly db: Hyperbee
    readonly blobs: Hyperdrive.Blobs | null
    readonly version: number
    readonly writable: boolean
    getBlobs(): Promise<Hyperdrive.Blobs>
    entry(
      path: string,
      options?: { wait?: boolean; timeout?: number }
    ): Promise<Hyperdrive.Entry | null>
    exists(path: string): Promise<boolean>
    has(path: string): Promise<boolean>
    get(path: string, options?: Hyperdrive.ReadOptions): Promise<Uint8Array | null>
    put(path: string, buffer: Uint8Array, options?: { metadata?: unknown }): Promise<void>
    putEntry(path: string, options?: Hyperdrive.EntryOptions): Promise<void>
    del(path: string): Promise<void>
    clear(path: string, options?: { diff?: boolean }): Promise<{ blocks: number } | null>
    list(folder?: string, options?: { recursive?: boolean }): AsyncIterable<Hyperdrive.Entry>
    readdir(folder: string): AsyncIterable<string>
    entries(range?: Hyperbee.Range): AsyncIterable<Hyperdrive.Entry>
    createReadStream(path: string, options?: Hyperdrive.ReadOptions): Readable<Uint8Array>
    createWriteStream(path: string, options?: { metadata?: unknown }): Writable<Uint8Array>
    batch(): Hyperdrive.Batch
    update(options?: { wait?: boolean }): Promise<boolean>
    watch(folder?: string): Hyperdrive.Watcher
    diff(
      version: number,
      folder?: string
    ): AsyncIterable<{ left: Hyperdrive.Entry | null; right: Hyperdrive.Entry | null }>
    mirror(
      destination: unknown,
      options?: Hyperdrive.MirrorOptions
    ): AsyncIterable<unknown> & {
      done(): Promise<void>
      count: { files: number; add: number; remove: number; change: number }
    }
    findingPeers(): () => void
    replicate(stream: unknown): unknown
  }
  export = Hyperdrive
}

declare module 'localdrive' {
  import type { Readable, Writable } from 'streamx'
  namespace Localdrive {
    interface Entry {
      key: string
      value: { executable: boolean; linkname: string | null; blob: { byteLength: number } | null }
      /** ms since 1970 */
      mtime: number
    }
    interface MirrorOptions {
      /** All changes in one append. */
      batch?: boolean
      filter?: (key: string) => boolean
      prune?: boolean
    }
  }
  class Localdrive {
    constructor(
      root: string,
      options?: { followLinks?: boolean; metadata?: unknown; atomic?: boolean }
    )
    readonly root: string
    ready(): Promise<void>
    entry(path: string): Promise<Localdrive.Entry | null>
    get(path: string): Promise<Uint8Array | null>
    put(path: string, buffer: Uint8Array): Promise<void>
    del(path: string): Promise<void>
    /** What cannot be read is left out without a word. */
    list(
      folder?: string,
      options?: { ignore?: string[] | ((key: string) => boolean) }
    ): AsyncIterable<Localdrive.Entry>
    createReadStream(path: string, options?: { start?: number; end?: number }): Readable<Uint8Array>
    createWriteStream(path: string): Writable<Uint8Array>
    mirror(
      destination: unknown,
      options?: Localdrive.MirrorOptions
    ): AsyncIterable<unknown> & { done(): Promise<void> }
    close(): Promise<void>
    /** With `atomic`: where a file is written before it is renamed. */
    _alloc(filename: string): string
    _free(atomicFilename: string): void
  }
  export = Localdrive
}

declare module 'mirror-drive' {
  namespace MirrorDrive {
    /** What is read from, as far as a mirror asks. */
    interface Source {
      ready(): Promise<void>
      entry(key: string): Promise<{ key: string; value: object } | null>
      createReadStream(entry: { key: string }): import('streamx').Readable
    }
    interface Options {
      /** The keys to look at, instead of a list of the source. */
      entries?: AsyncIterable<string>
      filter?: (key: string) => boolean
      prune?: boolean
    }
    interface Step {
      op: 'add' | 'change' | 'remove'
      key: string
    }
  }
  /** Each step is told before it is taken, and taken before the next one is asked for. */
  class MirrorDrive implements AsyncIterable<MirrorDrive.Step> {
    constructor(source: MirrorDrive.Source, destination: object, options?: MirrorDrive.Options)
    readonly count: { files: number; add: number; remove: number; change: number }
    done(): Promise<void>
    [Symbol.asyncIterator](): AsyncIterator<MirrorDrive.Step>
  }
  export = MirrorDrive
}

declare module 'hyperbee/lib/messages.js' {
  interface Level {
    keys: number[]
    /** Two for each child: its block, and its place there. */
    children: number[]
  }
  const messages: { YoloIndex: { decode(index: Uint8Array): { levels: Level[] } } }
  export = messages
}

declare module 'hypercore/lib/mutex.js' {
  /** What one at a time does. */
  export default class Mutex {
    lock(): Promise<void>
    unlock(): void
    /** Refuses who waits, and whoever comes later. */
    destroy(err?: Error): Promise<void>
  }
}
