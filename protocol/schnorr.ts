/**
 * BIP-340 signatures by libsecp256k1, from the WASM that nostr-wasm carries.
 *
 * The package's own wrapper is asynchronous, verifies whole events only, and in
 * Bare an awaited `WebAssembly.instantiate` does not even keep the process
 * alive. So its bytes are taken out and instantiated synchronously, and the few
 * functions we need are called directly.
 */
import 'bare-encoding/global'
import sodium from 'sodium-universal'
import { initNostrWasm } from 'nostr-wasm'
import { HypertunaError } from './errors.ts'

type Pointer = number

interface Library {
  memory: Uint8Array
  context: Pointer
  secretKey: Pointer
  entropy: Pointer
  hash: Pointer
  pubkey: Pointer
  signature: Pointer
  keyPair: Pointer
  point: Pointer
  parsePubkey(context: Pointer, point: Pointer, pubkey: Pointer): number
  writePubkey(context: Pointer, pubkey: Pointer, point: Pointer): number
  makeKeyPair(context: Pointer, keyPair: Pointer, secretKey: Pointer): number
  pointOf(context: Pointer, point: Pointer, parity: null, keyPair: Pointer): number
  sign(context: Pointer, sig: Pointer, hash: Pointer, keyPair: Pointer, entropy: Pointer): number
  verify(context: Pointer, sig: Pointer, hash: Pointer, length: number, point: Pointer): number
}

type WasmFunction = (...args: (number | null)[]) => number

interface WasmGlobal {
  instantiate: (bytes: Uint8Array, imports: object) => Promise<unknown>
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> }
}

/** Of what a signature claims: hash, pubkey and signature, one after the other. */
export const CLAIM_BYTES = 128

const SIGN_AND_VERIFY = 0x301
const KEY_PAIR_SIZE = 96
const POINT_SIZE = 64

let library: Library | null = null

/** Whether `signature` (64 bytes) is `pubkey`'s (32 bytes, x only) over `hash` (32 bytes). */
export function verifyHash(hash: Uint8Array, signature: Uint8Array, pubkey: Uint8Array): boolean {
  if (hash.length !== 32 || signature.length !== 64 || pubkey.length !== 32) return false
  const lib = (library ??= load())
  if (!setPoint(lib, pubkey)) return false
  lib.memory.set(signature, lib.signature)
  lib.memory.set(hash, lib.hash)
  return lib.verify(lib.context, lib.signature, lib.hash, 32, lib.point) === 1
}

/** Points of the authors asked about last: to find one takes a tenth of a verification. */
const points = new Map<string, Uint8Array>()
const POINTS = 1024

/** Puts a pubkey's point where it is verified with; false when there is none. */
function setPoint(lib: Library, pubkey: Uint8Array): boolean {
  const name = Buffer.from(pubkey.buffer, pubkey.byteOffset, pubkey.byteLength).toString('hex')
  const known = points.get(name)
  if (known !== undefined) {
    lib.memory.set(known, lib.point)
    return true
  }
  lib.memory.set(pubkey, lib.pubkey)
  if (lib.parsePubkey(lib.context, lib.point, lib.pubkey) !== 1) return false
  if (points.size >= POINTS) points.clear()
  points.set(name, lib.memory.slice(lib.point, lib.point + POINT_SIZE))
  return true
}

/**
 * A signature (64 bytes) over `hash` (32 bytes). Fresh randomness goes into each,
 * so that two devices with one key never make the same.
 *
 * @throws {HypertunaError} BAD_IDENTITY for a secret key that is none
 */
export function signHash(hash: Uint8Array, secretKey: Uint8Array): Buffer {
  return withKeyPair(secretKey, (lib) => signWith(lib, hash))
}

/**
 * One for each hash, at half the cost: the key pair is made once.
 *
 * @throws {HypertunaError} BAD_IDENTITY for a secret key that is none
 */
export function signHashes(hashes: Uint8Array[], secretKey: Uint8Array): Buffer[] {
  return withKeyPair(secretKey, (lib) => hashes.map((hash) => signWith(lib, hash)))
}

function signWith(lib: Library, hash: Uint8Array): Buffer {
  lib.memory.set(hash, lib.hash)
  sodium.randombytes_buf(lib.memory.subarray(lib.entropy, lib.entropy + 32))
  if (lib.sign(lib.context, lib.signature, lib.hash, lib.keyPair, lib.entropy) !== 1) {
    throw new HypertunaError('INTERNAL', 'The signature could not be made')
  }
  return Buffer.from(lib.memory.slice(lib.signature, lib.signature + 64))
}

/**
 * The x-only public key (32 bytes) of a secret key (32 bytes).
 *
 * @throws {HypertunaError} BAD_IDENTITY for a secret key that is none
 */
export function publicKeyOf(secretKey: Uint8Array): Buffer {
  return withKeyPair(secretKey, (lib) => {
    lib.pointOf(lib.context, lib.point, null, lib.keyPair)
    lib.writePubkey(lib.context, lib.pubkey, lib.point)
    return Buffer.from(lib.memory.slice(lib.pubkey, lib.pubkey + 32))
  })
}

function withKeyPair<T>(secretKey: Uint8Array, use: (lib: Library) => T): T {
  const lib = (library ??= load())
  try {
    if (secretKey.length !== 32) throw badKey()
    lib.memory.set(secretKey, lib.secretKey)
    if (lib.makeKeyPair(lib.context, lib.keyPair, lib.secretKey) !== 1) throw badKey()
    return use(lib)
  } finally {
    lib.memory.fill(0, lib.secretKey, lib.secretKey + 32)
    lib.memory.fill(0, lib.keyPair, lib.keyPair + KEY_PAIR_SIZE)
  }
}

function badKey(): HypertunaError {
  return new HypertunaError(
    'BAD_IDENTITY',
    'A secret key has 32 bytes and is below the order of the curve'
  )
}

/** The letters are those of nostr-wasm 0.1.0, where the linker shortened the names. */
function load(): Library {
  const { Module, Instance } = wasm()
  const { exports } = new Instance(new Module(takeBytes()), { a: imports(() => memory) })
  const memory = new Uint8Array((exports['g'] as { buffer: ArrayBuffer }).buffer)
  const call = (name: string): WasmFunction => exports[name] as WasmFunction
  call('h')()
  const reserve = call('i')
  return {
    memory,
    context: call('o')(SIGN_AND_VERIFY),
    secretKey: reserve(32),
    entropy: reserve(32),
    hash: reserve(32),
    pubkey: reserve(32),
    signature: reserve(64),
    keyPair: reserve(KEY_PAIR_SIZE),
    point: reserve(POINT_SIZE),
    parsePubkey: call('p'),
    writePubkey: call('q'),
    makeKeyPair: call('r'),
    pointOf: call('s'),
    sign: call('t'),
    verify: call('u')
  }
}

function imports(memory: () => Uint8Array): Record<string, (...args: number[]) => unknown> {
  const stop = (): never => {
    throw new HypertunaError('INTERNAL', 'libsecp256k1 stopped')
  }
  const nothing = (): number => 0
  return {
    a: stop, // abort
    b: stop, // it only ever writes a reason to abort
    c: nothing, // seek
    d: stop, // its memory does not grow
    e: nothing, // close
    f: (to = 0, from = 0, length = 0) => memory().copyWithin(to, from, from + length)
  }
}

/** nostr-wasm keeps its bytes to itself, but hands them to `WebAssembly.instantiate` at once. */
function takeBytes(): Uint8Array {
  const scope = globalThis as { Response?: unknown }
  const hadResponse = 'Response' in scope
  const wasmGlobal = wasm()
  const { instantiate } = wasmGlobal
  let taken: Uint8Array | null = null
  wasmGlobal.instantiate = (bytes) => {
    taken = bytes
    return new Promise(() => {}) // its own wrapper is never finished
  }
  if (!hadResponse) scope.Response = class {} // it asks whether its bytes are one
  try {
    void initNostrWasm()
  } finally {
    wasmGlobal.instantiate = instantiate
    if (!hadResponse) delete scope.Response
  }
  if (taken === null) throw new HypertunaError('INTERNAL', 'nostr-wasm did not give its bytes')
  return taken
}

function wasm(): WasmGlobal {
  return (globalThis as unknown as { WebAssembly: WasmGlobal }).WebAssembly
}
