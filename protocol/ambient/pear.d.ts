/** What we use of Pear's own modules, which ship no types or wrong ones. */

declare module 'pear-runtime' {
  import type EventEmitter from 'bare-events'
  interface Updater extends EventEmitter {
    readonly updating: boolean
    readonly updated: boolean
    readonly drive: { readonly core: { readonly discoveryKey: Uint8Array } }
    /** Swaps the built app for the newer one; the next start runs it. */
    applyUpdate(): Promise<void>
  }
  interface Options {
    /** Where it keeps what it fetched. */
    dir: string
    version: string
    /** A pear:// link. */
    upgrade: string
    /** The exact entry below `by-arch/<platform>/app`. */
    name: string
    /** The path of the built app; without it there are no updates. */
    app?: string
    updates?: boolean
    /** Both or neither: whose cores it follows, instead of a store and a swarm of its own. */
    store?: unknown
    swarm?: { destroy(): Promise<void> }
    bootstrap?: { host: string; port: number }[] | string[]
  }
  class PearRuntime extends EventEmitter {
    /** A Bare of its own; the stream must never be paused. */
    static run(entry: string, argv?: string[]): Sidecar
    constructor(options: Options)
    readonly updater: Updater
    /** Null until it is ready. One of its own making is left running by `close`. */
    readonly swarm: { destroy(): Promise<void> } | null
    ready(): Promise<void>
    close(): Promise<void>
  }
  interface Sidecar extends EventEmitter {
    readonly stdout: EventEmitter
    readonly stderr: EventEmitter
  }
  export default PearRuntime
}

declare module 'hyperswarm/index.js' {
  import Hyperswarm from 'hyperswarm'
  export default Hyperswarm
}

declare module 'pear-bridge' {
  /** Serves the app's own files to the window. */
  export default class Bridge {
    constructor(options?: { waypoint?: string; mount?: string })
    ready(): Promise<void>
    close(): Promise<void>
  }
}

declare module 'pear-run' {
  import type { Duplex } from 'streamx'
  /** Starts a worker of the app; emits `crash` before it closes when the exit code is not 0. */
  export default function run(link: string, argv?: string[]): Duplex
}
