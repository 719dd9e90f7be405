/**
 * Shapes of the Holepunch modules that ship no types of their own: what we use
 * of them, as it behaves in the versions that package.json pins.
 */

declare module 'protomux' {
  import type { Duplex } from 'streamx'
  import type { Encoder } from 'compact-encoding'

  namespace Protomux {
    interface MessageOptions<T> {
      encoding?: Encoder<T>
      autoBatch?: boolean
      onmessage?: (message: T, channel: Channel) => void | Promise<void>
    }
    interface Message<T> {
      /** False when the stream asks for backpressure: wait for `ondrain`. */
      send(message: T): boolean
    }
    interface ChannelOptions<H> {
      userData?: unknown
      protocol: string
      aliases?: string[]
      id?: Uint8Array | null
      unique?: boolean
      handshake?: Encoder<H> | null
      messages?: MessageOptions<any>[]
      onopen?: (handshake: H, channel: Channel<H>) => void | Promise<void>
      onclose?: (isRemote: boolean, channel: Channel<H>) => void | Promise<void>
      ondestroy?: (channel: Channel<H>) => void | Promise<void>
      ondrain?: (channel: Channel<H>) => void | Promise<void>
    }
    interface Channel<H = unknown> {
      userData: unknown
      readonly protocol: string
      readonly id: Uint8Array | null
      readonly handshake: H | null
      readonly messages: Message<any>[]
      readonly opened: boolean
      readonly closed: boolean
      readonly destroyed: boolean
      readonly drained: boolean
      readonly _mux: Protomux
      open(handshake?: H): void
      close(): void
      cork(): void
      uncork(): void
      addMessage<T>(options: MessageOptions<T>): Message<T>
      fullyOpened(): Promise<boolean>
      fullyClosed(): Promise<void>
    }
    /** A stream whose `data` events are whole messages. */
    type FramedDuplex = Duplex & { userData?: unknown }
  }

  class Protomux {
    constructor(stream: Protomux.FramedDuplex)
    static from(stream: Protomux.FramedDuplex | Protomux): Protomux
    static isProtomux(value: unknown): value is Protomux
    readonly stream: Protomux.FramedDuplex & {
      publicKey: Uint8Array
      remotePublicKey: Uint8Array
      handshakeHash: Uint8Array
      isInitiator: boolean
    }
    readonly drained: boolean
    cork(): void
    uncork(): void
    isIdle(): boolean
    opened(options: { protocol: string; id?: Uint8Array | null }): boolean
    pair(
      options: { protocol: string; id?: Uint8Array | null },
      notify: (id: Uint8Array | null) => void | Promise<void>
    ): void
    unpair(options: { protocol: string; id?: Uint8Array | null }): void
    /** Null when the stream is gone or a unique channel is open already. */
    createChannel<H = unknown>(options: Protomux.ChannelOptions<H>): Protomux.Channel<H> | null
    [Symbol.iterator](): Iterator<Protomux.Channel>
  }
  export = Protomux
}

declare module 'bare-worker' {
  import type { Duplex } from 'streamx'
  import type EventEmitter from 'bare-events'
  class Worker extends EventEmitter {
    constructor(entry: string | URL, options?: { workerData?: unknown; argv?: string[] })
    static readonly isMainThread: boolean
    static readonly workerData: unknown
    /** Inside a thread: the one that started it. Emits `message`. */
    static readonly parentPort: MessagePort | null
    readonly IPC: Duplex
    /** Hands a structured clone to the thread. */
    postMessage(message: unknown): void
    terminate(): Promise<number>
    ref(): void
    unref(): void
  }
  interface MessagePort extends EventEmitter {
    postMessage(message: unknown): void
  }
  export = Worker
}

declare module 'hypercore-crypto' {
  export interface KeyPair {
    publicKey: Uint8Array
    secretKey: Uint8Array
  }
  export function keyPair(seed?: Uint8Array): KeyPair
  export function discoveryKey(key: Uint8Array): Uint8Array
  export function randomBytes(size: number): Uint8Array
  export function hash(data: Uint8Array | Uint8Array[], out?: Uint8Array): Uint8Array
  export function namespace(name: string, count: number): Uint8Array[]
  export function sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array
  export function verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean
  const crypto: {
    keyPair: typeof keyPair
    discoveryKey: typeof discoveryKey
    randomBytes: typeof randomBytes
    hash: typeof hash
    namespace: typeof namespace
    sign: typeof sign
    verify: typeof verify
  }
  export default crypto
}

declare module 'hypercore-id-encoding' {
  export function encode(key: Uint8Array): string
  export function decode(key: string | Uint8Array): Uint8Array
  export function normalize(key: string | Uint8Array): string
  export function isValid(key: unknown): boolean
}

declare module 'z32' {
  export function encode(data: Uint8Array): string
  export function decode(text: string): Uint8Array
}

declare module 'sodium-universal' {
  export const crypto_stream_KEYBYTES: number
  export const crypto_stream_NONCEBYTES: number
  export function crypto_stream_xor(
    out: Uint8Array,
    bytes: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array
  ): void
  export const crypto_generichash_BYTES: number
  export function crypto_generichash(out: Uint8Array, input: Uint8Array, key?: Uint8Array): void
  export function crypto_generichash_batch(
    out: Uint8Array,
    inputs: Uint8Array[],
    key?: Uint8Array
  ): void
  export function crypto_hash_sha256(out: Uint8Array, input: Uint8Array): void
  export function randombytes_buf(out: Uint8Array): void
  export function sodium_memzero(buffer: Uint8Array): void
  /** `nsec` is not used by this construction: null. */
  export function crypto_aead_xchacha20poly1305_ietf_encrypt(
    ciphertext: Uint8Array,
    message: Uint8Array,
    additional: Uint8Array | null,
    nsec: null,
    nonce: Uint8Array,
    key: Uint8Array
  ): number
  /** Throws when the bytes are not what was sealed. */
  export function crypto_aead_xchacha20poly1305_ietf_decrypt(
    message: Uint8Array,
    nsec: null,
    ciphertext: Uint8Array,
    additional: Uint8Array | null,
    nonce: Uint8Array,
    key: Uint8Array
  ): number
  const sodium: {
    crypto_stream_KEYBYTES: number
    crypto_stream_NONCEBYTES: number
    crypto_stream_xor: typeof crypto_stream_xor
    crypto_generichash_BYTES: number
    crypto_generichash: typeof crypto_generichash
    crypto_generichash_batch: typeof crypto_generichash_batch
    crypto_hash_sha256: typeof crypto_hash_sha256
    randombytes_buf: typeof randombytes_buf
    sodium_memzero: typeof sodium_memzero
    crypto_aead_xchacha20poly1305_ietf_encrypt: typeof crypto_aead_xchacha20poly1305_ietf_encrypt
    crypto_aead_xchacha20poly1305_ietf_decrypt: typeof crypto_aead_xchacha20poly1305_ietf_decrypt
  }
  export default sodium
}
