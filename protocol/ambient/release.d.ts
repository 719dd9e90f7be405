/** What making a release uses of the module graph's tools, whose own types lack it. */

declare module 'bare-module-traverse' {
  import type { URL } from 'bare-url'
  export interface Dependency {
    readonly url: URL
    readonly source: string | Uint8Array
  }
  export type Resolve = (...args: never[]) => unknown
  export interface Options {
    resolve: Resolve
    hosts: string[]
    /** Specifiers that are left to the place where the program runs. */
    defer?: string[]
    visited?: Set<string>
  }
  export type ReadModule = (url: URL) => Promise<Uint8Array | string | null>
  export type ListPrefix = (url: URL) => AsyncIterable<URL>
  interface Traverse {
    (
      entry: URL,
      options: Options,
      readModule: ReadModule,
      listPrefix: ListPrefix
    ): AsyncIterable<Dependency>
    readonly resolve: { readonly bare: Resolve; readonly node: Resolve; readonly default: Resolve }
  }
  const traverse: Traverse
  export default traverse
}

declare module 'bare-pack' {
  import type { URL } from 'bare-url'
  import type { ListPrefix, Options, ReadModule } from 'bare-module-traverse'
  interface Bundle {
    id: string | null
    toBuffer(): Uint8Array
  }
  /** `writeFile` is called for what is offloaded, and returns null for its usual place. */
  export default function pack(
    entry: URL,
    options: Options & { base: URL; offload: boolean },
    readModule: ReadModule,
    listPrefix: ListPrefix,
    writeFile: (url: URL, source: Uint8Array | string) => Promise<null>
  ): Promise<Bundle>
}
