declare module 'hyperdht' {
  import type EventEmitter from 'bare-events'
  import type { KeyPair } from 'hypercore-crypto'
  namespace HyperDHT {
    interface Address {
      host: string
      port: number
    }
  }
  class HyperDHT extends EventEmitter {
    constructor(options?: {
      bootstrap?: (HyperDHT.Address | string)[]
      ephemeral?: boolean
      firewalled?: boolean
      host?: string
      port?: number
      keyPair?: KeyPair
    })
    static keyPair(seed?: Uint8Array): KeyPair
    readonly defaultKeyPair: KeyPair
    readonly host: string
    readonly port: number
    readonly online: boolean
    /** Nodes of the routing table, newest first. */
    toArray(options?: { limit?: number }): HyperDHT.Address[]
    fullyBootstrapped(): Promise<void>
    address(): HyperDHT.Address
    destroy(options?: { force?: boolean }): Promise<void>
    suspend(): Promise<void>
    resume(): Promise<void>
  }
  export = HyperDHT
}

declare module 'hyperdht/testnet.js' {
  import type HyperDHT from 'hyperdht'
  interface Testnet {
    readonly nodes: HyperDHT[]
    readonly bootstrap: HyperDHT.Address[]
    createNode(options?: Record<string, unknown>): HyperDHT
    destroy(): Promise<void>
  }
  function createTestnet(
    size?: number,
    options?:
      | {
          host?: string
          port?: number
          teardown?: (fn: () => Promise<void>, options?: unknown) => void
        }
      | ((fn: () => Promise<void>, options?: unknown) => void)
  ): Promise<Testnet>
  export = createTestnet
}

declare module 'hyperswarm' {
  import type EventEmitter from 'bare-events'
  import type { Duplex } from 'streamx'
  import type HyperDHT from 'hyperdht'
  import type { KeyPair } from 'hypercore-crypto'
  namespace Hyperswarm {
    /** An encrypted Noise stream; `userData` is its Protomux once there is one. */
    interface Connection extends Duplex {
      readonly publicKey: Uint8Array
      readonly remotePublicKey: Uint8Array
      readonly handshakeHash: Uint8Array
      readonly isInitiator: boolean
      readonly connected: boolean
      readonly opened: Promise<boolean>
      readonly rawStream: { rtt?: number; remoteHost?: string; remotePort?: number }
      userData: any
      setKeepAlive(ms: number): void
    }
    interface PeerInfo extends EventEmitter {
      readonly publicKey: Uint8Array
      readonly topics: Uint8Array[]
      readonly client: boolean
      ban(value?: boolean): void
      on(event: 'topic', listener: (topic: Uint8Array) => void): this
      off(event: 'topic', listener: (topic: Uint8Array) => void): this
    }
    interface Discovery {
      readonly isServer: boolean
      readonly isClient: boolean
      flushed(): Promise<boolean>
      refresh(options?: { client?: boolean; server?: boolean }): Promise<void>
      destroy(): Promise<void>
    }
  }
  class Hyperswarm extends EventEmitter {
    constructor(options?: {
      bootstrap?: (HyperDHT.Address | string)[]
      keyPair?: KeyPair
      seed?: Uint8Array
      dht?: HyperDHT
      maxPeers?: number
      firewall?: (remotePublicKey: Uint8Array) => boolean
    })
    readonly dht: HyperDHT
    readonly keyPair: KeyPair
    readonly connections: Set<Hyperswarm.Connection>
    readonly peers: Map<string, Hyperswarm.PeerInfo>
    readonly connecting: number
    readonly destroyed: boolean
    on(
      event: 'connection',
      listener: (connection: Hyperswarm.Connection, info: Hyperswarm.PeerInfo) => void
    ): this
    on(event: 'update' | 'close', listener: () => void): this
    off(
      event: 'connection',
      listener: (connection: Hyperswarm.Connection, info: Hyperswarm.PeerInfo) => void
    ): this
    join(topic: Uint8Array, options?: { server?: boolean; client?: boolean }): Hyperswarm.Discovery
    leave(topic: Uint8Array): Promise<void>
    joinPeer(publicKey: Uint8Array): void
    leavePeer(publicKey: Uint8Array): void
    status(topic: Uint8Array): Hyperswarm.Discovery | null
    topics(): Iterable<unknown>
    /** Drops every connection; nobody finds us until `resume`. */
    suspend(): Promise<void>
    resume(): Promise<void>
    listen(): Promise<void>
    flush(): Promise<boolean>
    suspend(): Promise<void>
    resume(): Promise<void>
    destroy(options?: { force?: boolean }): Promise<void>
  }
  export = Hyperswarm
}

declare module '@hyperswarm/secret-stream' {
  import type { Duplex } from 'streamx'
  import type { KeyPair } from 'hypercore-crypto'
  namespace NoiseSecretStream {
    interface Options {
      pattern?: 'XX' | 'IK' | 'XK'
      keyPair?: KeyPair
      /** The other side's, where the pattern wants it known. */
      remotePublicKey?: Uint8Array
      /** Milliseconds between empty messages, which then reach nobody as data. */
      keepAlive?: number
    }
  }
  class NoiseSecretStream extends Duplex {
    constructor(isInitiator: boolean, rawStream: unknown, options?: NoiseSecretStream.Options)
    readonly publicKey: Uint8Array
    readonly remotePublicKey: Uint8Array
    readonly handshakeHash: Uint8Array
    readonly isInitiator: boolean
    readonly connected: boolean
    /** False when it ended before the handshake did. */
    readonly opened: Promise<boolean>
    userData: any
    /** Ends the stream after so many milliseconds without a byte. */
    setTimeout(ms: number): void
    setKeepAlive(ms: number): void
    on(event: 'handshake' | 'connect' | 'close' | 'end' | 'drain', listener: () => void): this
    on(event: 'data', listener: (message: Uint8Array) => void): this
    on(event: 'error', listener: (err: Error) => void): this
    once(event: 'handshake' | 'connect' | 'close' | 'end' | 'drain', listener: () => void): this
    once(event: 'data', listener: (message: Uint8Array) => void): this
    once(event: 'error', listener: (err: Error) => void): this
  }
  export = NoiseSecretStream
}

declare module 'autobase' {
  import type ReadyResource from 'ready-resource'
  import type Corestore from 'corestore'
  import type Hypercore from 'hypercore'
  import type { KeyPair } from 'hypercore-crypto'
  namespace Autobase {
    interface ViewStore {
      get(options: string | { name: string; valueEncoding?: unknown; cache?: unknown }): Hypercore
    }
    interface ApplyNode<V> {
      value: V
      from: Hypercore
      length: number
      indexed: boolean
      optimistic: boolean
    }
    interface SystemMember {
      isIndexer: boolean
      isRemoved: boolean
      /** Nodes of this writer that are in the view. */
      length: number
    }
    interface System {
      readonly core: Hypercore
      readonly members: number
      /** As of the node that is being applied. */
      readonly indexers: { key: Uint8Array; length: number }[]
      readonly db: {
        getBySeq(seq: number): Promise<{ key: Uint8Array; value: Uint8Array } | null>
      }
      /** The system as it was at a length of its core; close it after use. */
      checkout(length: number): Promise<System>
      get(key: Uint8Array): Promise<SystemMember | null>
      /** What an entry says that ends a flush; the newest one by default. */
      getIndexedInfo(length?: number): Promise<{ indexers: { key: Uint8Array; length: number }[] }>
      close(): Promise<void>
    }
    interface HostCalls {
      readonly key: Uint8Array
      readonly discoveryKey: Uint8Array
      /** As replayed so far. */
      readonly system: System
      readonly base: { readonly store: Corestore }
      /**
       * Cuts the view back to an indexed length of its system core, and has it signed by
       * these writers from there on. False when that core is no longer the view's, which is
       * so for everybody as soon as the fork has taken effect.
       */
      fork(indexers: Uint8Array[], system: { key: Uint8Array; length: number }): Promise<boolean>
      addWriter(key: Uint8Array, options?: { indexer?: boolean }): Promise<void>
      removeWriter(key: Uint8Array): Promise<void>
      ackWriter(key: Uint8Array): Promise<void>
      removeable(key: Uint8Array): boolean
      interrupt(reason: string): void
    }
    interface Options<View, V> {
      open: (store: ViewStore, host: HostCalls) => View
      apply: (nodes: ApplyNode<V>[], view: View, host: HostCalls) => Promise<void>
      close?: (view: View) => Promise<void>
      valueEncoding?: unknown
      ackInterval?: number
      ackThreshold?: number
      optimistic?: boolean
      encryptionKey?: Uint8Array | null
      encrypt?: boolean
      wakeup?: unknown
      fastForward?: boolean | { key: Uint8Array }
      keyPair?: KeyPair | Promise<KeyPair>
      bigBatches?: boolean
    }
  }
  class Autobase<View = unknown, V = Uint8Array> extends ReadyResource {
    constructor(
      store: Corestore,
      bootstrap: Uint8Array | string | null,
      options: Autobase.Options<View, V>
    )
    readonly key: Uint8Array
    readonly discoveryKey: Uint8Array
    readonly id: string
    readonly core: Hypercore
    readonly local: Hypercore
    readonly system: Autobase.System
    /** Of the system core: what cannot be reordered any more. */
    readonly indexedLength: number
    readonly view: View
    readonly writable: boolean
    readonly isIndexer: boolean
    readonly length: number
    readonly signedLength: number
    readonly encryptionKey: Uint8Array | null
    readonly activeWriters: Iterable<{
      core: Hypercore
      /** Of its nodes, those that were loaded. */
      length: number
      isActiveIndexer: boolean
      frozen: boolean
    }>
    /** What is not indexed, in its order of now. */
    readonly linearizer: { readonly tip: { readonly tip: unknown[] } }
    readonly _interrupting: boolean
    /** Takes others' nodes that are here into the order. @returns how many */
    _addRemoteHeads(): Promise<number>
    append(value: V | V[], options?: { optimistic?: boolean }): Promise<number>
    update(): Promise<void>
    ack(background?: boolean): Promise<void>
    pause(): Promise<void>
    resume(): Promise<void>
    /** Why the base stopped; null while it runs. */
    getLastError(): Error | null
    heads(): { key: Uint8Array; length: number }[]
    /** Has these writers looked at; -1 for one whose length is not known. */
    hintWakeup(hints: { key: Uint8Array; length: number }[]): void
    /** Looks for a view that others have signed in the system core with this key. */
    _queueStaticFastForward(key: Uint8Array): void
    isFastForwarding(): boolean
    /** Takes over what is signed, whatever was computed here. */
    forceFastForward(): Promise<void>
    waitForWritable(): Promise<boolean>
    replicate(stream: unknown): unknown
    static isAutobase(core: Hypercore, options?: Hypercore.GetOptions): Promise<boolean>
  }
  export = Autobase
}

declare module 'autobase/lib/messages.js' {
  import type { Encoder } from 'compact-encoding'
  const messages: { OplogMessage: Encoder<unknown> }
  export = messages
}

declare module 'autobase/lib/wakeup.js' {
  /** Hears of the cores of a relay's writers when others send more of them. */
  class AutoWakeup {
    readonly base: { readonly key: Uint8Array; readonly local: { readonly core: AutoWakeup.Core } }
    readonly _preupdateBound: (batch: unknown, key: Uint8Array) => Promise<void>
    /** Whether it is a writer's of this relay. */
    _add(core: AutoWakeup.Core): Promise<boolean>
  }
  namespace AutoWakeup {
    /** One core of the store, whoever has sessions of it. */
    interface Core {
      readonly opened: boolean
      readonly closing: unknown
      readonly storage: {
        read(): { getUserData(name: string): Promise<Uint8Array | null>; tryFlush(): void }
      }
      preupdate: AutoWakeup['_preupdateBound'] | null
      ready(): Promise<void>
    }
  }
  export default AutoWakeup
}

declare module 'autobase/lib/writer.js' {
  class AutobaseWriter {
    readonly core: {
      readonly key: Uint8Array
      readonly writable: boolean
      /** `checkConflict`: judges a proof that two blocks were signed at one place. */
      readonly core: { checkConflict(proof: unknown): Promise<boolean> }
    }
    frozen: boolean
    /** How many of the nodes belong to batches that are here in whole. */
    readonly available: number
    /** Those that were loaded and are not signed yet; null for others. */
    readonly nodes: { readonly length: number; get(seq: number): AutobaseWriter.Node | null }
    /** The node that was loaded last and is not linearised yet. */
    node: AutobaseWriter.Node | null
    _loadNextNode(): Promise<boolean>
    _open(): Promise<void>
    /** Finds the nodes that the loaded one has seen; false while one of them is not here. */
    _ensureNodeDependencies(boot: unknown): Promise<boolean>
  }
  namespace AutobaseWriter {
    interface Head {
      key: Uint8Array
      length: number
    }
    interface Node {
      readonly writer: AutobaseWriter
      readonly length: number
      /** Nodes from this one to the end of its batch. */
      batch: number
      /** Whether it asks to count without its writer having been let in. */
      optimistic: boolean
      /** What is to be waited for; what is signed is taken out. */
      heads: Head[]
      /** What it says to have seen. */
      actualHeads: Head[]
      readonly dependencies: Set<Node>
      /** Blocks of the views that its writer read. */
      trace: {
        system: number[]
        encryption: number[]
        user: { view: number; blocks: number[] }[]
      } | null
    }
  }
  export = AutobaseWriter
}

declare module 'autobase/lib/linearizer.js' {
  /** Puts the nodes that are not signed yet into the order that all agree on. */
  class Linearizer {
    /** Nodes that no other one has seen. */
    readonly heads: Set<Linearizer.Node>
    /** Nodes that have seen no other one that is not signed. */
    readonly tails: Set<Linearizer.Node>
    readonly indexers: Linearizer.Writer[]
    /** Whether this writer is to add an empty node, so that others' are signed. */
    shouldAck(writer: Linearizer.Writer | null, pending?: boolean): boolean
    /** Whether this node or one above it carries a value. */
    _nonNull(node: Linearizer.Node, visited: Set<Linearizer.Node>): boolean
  }
  namespace Linearizer {
    interface Writer {
      readonly isActiveIndexer: boolean
      readonly length: number
      /** Nodes that are here with all that they have seen. */
      readonly available: number
    }
    interface Node {
      readonly writer: Writer
    }
  }
  export = Linearizer
}

declare module 'autobase/lib/apply-state.js' {
  import type Autobase from 'autobase'
  /** What blocks of a view a node was replayed with. */
  interface Traced {
    readonly tracer: { enabled: boolean; seen: Set<number> }
  }
  /** One writer's batch of nodes in the view that is not indexed yet. */
  interface Update {
    key: Uint8Array
    length: number
  }
  class ApplyState {
    /** The fork that this round has come upon. */
    readonly pendingFork: { length: number } | null
    readonly systemView: { indexedLength: number }
    readonly systemRef: Traced
    readonly encryptionView: { readonly ref: Traced }
    readonly views: { readonly ref: Traced }[]
    readonly base: Autobase
    readonly updates: Update[]
    readonly localState: { clearUpdates(): void }
    /** Whether this device signs what it appends. */
    localIndexer: boolean
    _appendLocalNodes(nodes: unknown[]): Promise<void>
    _startTrace(node: unknown): void
    /** Writes down where to begin after the cores were exchanged. */
    finalize(key: Uint8Array): Promise<void>
  }
  export = ApplyState
}

declare module 'protomux-wakeup' {
  import type Hyperswarm from 'hyperswarm'
  import type Protomux from 'protomux'
  namespace ProtomuxWakeup {
    interface Peer {
      readonly stream: Hyperswarm.Connection
      readonly active: boolean
      readonly removed: boolean
    }
    interface Handlers {
      discoveryKey?: Uint8Array
      active?: boolean
      onpeeradd?: (peer: Peer, session: Session) => void
      onpeerremove?: (peer: Peer, session: Session) => void
    }
    /** What the sessions of one capability share. */
    interface Topic {
      readonly peersByStream: Map<unknown, { readonly channel: Protomux.Channel | null }>
      /** Opens the topic's channel; not again on a connection that has it, unless `unique`. */
      _onopen(mux: Protomux, unique: boolean): void
    }
    interface Session {
      readonly topic: Topic
      readonly peers: Peer[]
      hasStream(stream: unknown): boolean
      active(): void
      inactive(): void
      destroy(): void
    }
  }
  class ProtomuxWakeup {
    constructor(onwakeup?: (id: Uint8Array, stream: unknown) => void)
    /** By hex of the id. */
    readonly topics: Map<string, ProtomuxWakeup.Topic>
    muxers: Set<Protomux>
    addStream(stream: unknown): void
    session(capability: Uint8Array, handlers?: ProtomuxWakeup.Handlers): ProtomuxWakeup.Session
    destroy(): void
  }
  export = ProtomuxWakeup
}

declare module 'blind-pairing' {
  import type ReadyResource from 'ready-resource'
  import type Hyperswarm from 'hyperswarm'
  namespace BlindPairing {
    interface CreatedInvite {
      id: Uint8Array
      invite: Uint8Array
      seed: Uint8Array
      publicKey: Uint8Array
      discoveryKey: Uint8Array
      expires: number
      additional: { data: Uint8Array; signature: Uint8Array } | null
    }
    interface DecodedInvite {
      seed: Uint8Array
      discoveryKey: Uint8Array
      expires: number
      id: Uint8Array
    }
    interface Paired {
      key: Uint8Array
      encryptionKey: Uint8Array | null
      data: Uint8Array | null
    }
    interface MemberRequest {
      readonly inviteId: Uint8Array
      readonly discoveryKey: Uint8Array
      readonly receipt: Uint8Array | null
      readonly userData: Uint8Array
      /** Decrypts the request; throws when the invite's key does not fit. */
      open(publicKey: Uint8Array): Uint8Array
      confirm(payload: {
        key: Uint8Array
        encryptionKey?: Uint8Array | null
        additional?: { data: Uint8Array; signature: Uint8Array } | null
      }): void
      /** 1 rejected, 2 invite used, 3 invite expired. */
      deny(options?: { status?: 1 | 2 | 3 }): void
    }
    interface Member extends ReadyResource {
      flushed(): Promise<void>
    }
    interface CandidateRequest {
      readonly inviteId: Uint8Array
      on(event: 'rejected', listener: (err: Error) => void): this
    }
    interface Candidate extends ReadyResource {
      readonly request: CandidateRequest
      /** Channels on which the request was sent. */
      readonly visited: Set<unknown>
      /** Sends the request on the others. */
      broadcast(): Promise<void>
      readonly pairing: Promise<Paired | null>
      readonly paired: Paired | null
    }
  }
  class BlindPairing extends ReadyResource {
    constructor(swarm: Hyperswarm, options?: { poll?: number })
    static createInvite(
      key: Uint8Array,
      options?: {
        discoveryKey?: Uint8Array
        expires?: number
        seed?: Uint8Array
        sensitive?: boolean
        data?: Uint8Array
      }
    ): BlindPairing.CreatedInvite
    static decodeInvite(invite: Uint8Array): BlindPairing.DecodedInvite
    static createRequest(invite: Uint8Array, userData: Uint8Array): BlindPairing.CandidateRequest
    addMember(options: {
      discoveryKey: Uint8Array
      announce?: boolean
      onadd: (request: BlindPairing.MemberRequest) => Promise<void> | void
    }): BlindPairing.Member
    addCandidate(options: {
      invite: Uint8Array
      userData: Uint8Array
      onadd?: (paired: BlindPairing.Paired) => Promise<void> | void
    }): BlindPairing.Candidate
    suspend(): Promise<void>
    resume(): void
  }
  export = BlindPairing
}

declare module 'blind-peering' {
  import type Autobase from 'autobase'
  import type Hypercore from 'hypercore'
  import type HyperDHT from 'hyperdht'
  import type Hyperswarm from 'hyperswarm'
  namespace BlindPeering {
    interface AddOptions {
      /** The key whose wakeup tells of the core. */
      referrer?: Uint8Array
      priority?: number
      announce?: boolean
      /** How many of the keys are asked. */
      pick?: number
    }
  }
  class BlindPeering {
    constructor(
      dht: HyperDHT,
      /** Replicates what it likes on a connection to a blind peer. */
      store: { replicate(connection: Hyperswarm.Connection): unknown },
      options: {
        keys: (Uint8Array | string)[]
        wakeup?: { addStream(connection: Hyperswarm.Connection): void } | null
        pick?: number
        maxBatchMin?: number
        maxBatchMax?: number
      }
    )
    readonly blindPeers: Map<string, { readonly connected: boolean }>
    addCore(core: Hypercore, options?: BlindPeering.AddOptions): Promise<void>
    addAutobase(base: Autobase, options?: BlindPeering.AddOptions): Promise<void>
    close(): Promise<void>
  }
  export = BlindPeering
}

declare module 'blind-peer' {
  import type Corestore from 'corestore'
  import type HyperDHT from 'hyperdht'
  import type Hyperswarm from 'hyperswarm'
  import type ReadyResource from 'ready-resource'
  class BlindPeer extends ReadyResource {
    constructor(storage: string, options?: { bootstrap?: HyperDHT.Address[] })
    readonly publicKey: Uint8Array
    readonly store: Corestore
    readonly swarm: Hyperswarm
    listen(): Promise<void>
  }
  export = BlindPeer
}
