/**
 * How the files of private relays are sealed (`hypertuna-file/1`).
 *
 * A file is cut into chunks of 64 KiB and each is sealed on its own, so that any range
 * opens without the rest. Key, nonces and sizes follow from the relay's file key and
 * the file alone: every member of the relay seals the same file to the same bytes, and
 * another relay to others.
 *
 * A nonce is the chunk's index, and the key is the file's own. That is safe while
 * nothing but the file of that hash is ever sealed with it: check bytes first, then
 * seal them.
 */
import b4a from 'b4a'
import sodium from 'sodium-universal'
import { HypertunaError } from './errors.ts'

/** Plain bytes in every chunk but the last. */
export const CHUNK_SIZE = 65536

/** By how much a sealed chunk is longer than a plain one. */
export const TAG_SIZE = 16

const KEY_SIZE = 32
const NONCE_SIZE = 24
/** Sealed metadata tells its length only to this many bytes. */
const PADDING = 256

const FILE_CONTEXT = 'hypertuna-file/1'
const LAYER_CONTEXT = 'hypertuna-layer/1'
const METADATA_CONTEXT = 'hypertuna-metadata/1'
const METADATA_NONCE_CONTEXT = 'hypertuna-metadata-nonce/1'

/** Chunks of a file of `size` plain bytes; an empty file has one, which is empty too. */
export function chunkCount(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK_SIZE))
}

/** Sealed bytes of a file of `size` plain bytes. */
export function sealedSize(size: number): number {
  return size + chunkCount(size) * TAG_SIZE
}

/**
 * Plain bytes of a file of `sealed` sealed bytes.
 *
 * @throws {HypertunaError} WRONG_BYTES for a size that no sealed file has
 */
export function plainSize(sealed: number): number {
  const size = sealed - Math.ceil(sealed / (CHUNK_SIZE + TAG_SIZE)) * TAG_SIZE
  if (!Number.isSafeInteger(size) || size < 0 || sealedSize(size) !== sealed) throw unsealable()
  return size
}

export interface SealedRange {
  /** Sealed bytes to read, `end` exclusive: whole chunks. */
  start: number
  end: number
  /** The index of the first of those chunks. */
  index: number
  /** Plain bytes before the wanted ones in that chunk. */
  skip: number
}

/**
 * Which sealed bytes hold the plain bytes `start` to `end` (exclusive) of a file of
 * `size` bytes. The range is clamped; one without bytes needs none.
 */
export function sealedRange(size: number, start: number, end: number): SealedRange {
  const first = Math.max(0, start)
  const last = Math.min(size, end)
  if (last <= first) return { start: 0, end: 0, index: 0, skip: 0 }
  const step = CHUNK_SIZE + TAG_SIZE
  const index = Math.floor(first / CHUNK_SIZE)
  const until = Math.ceil(last / CHUNK_SIZE) * step
  return {
    start: index * step,
    end: Math.min(until, sealedSize(size)),
    index,
    skip: first - index * CHUNK_SIZE
  }
}

/** Seals and opens the chunks of one file. */
export class Seal {
  readonly size: number
  readonly #key: Uint8Array
  readonly #nonce = new Uint8Array(NONCE_SIZE)
  readonly #additional = new Uint8Array(9)

  /**
   * @param key 32 bytes that seal nothing but this file: {@link fileSealKey}
   * @param size of the file, in plain bytes
   */
  constructor(key: Uint8Array, size: number) {
    this.size = size
    this.#key = key
    new DataView(this.#additional.buffer).setBigUint64(0, BigInt(size), true)
  }

  /** How many chunks the file has. */
  get chunks(): number {
    return chunkCount(this.size)
  }

  /** Plain bytes of chunk `index`; 0 beyond the end. */
  lengthOf(index: number): number {
    return Math.max(0, Math.min(CHUNK_SIZE, this.size - index * CHUNK_SIZE))
  }

  /**
   * Chunk `index`, sealed, in memory of its own.
   *
   * @throws {HypertunaError} BAD_REQUEST for a chunk that the file does not have
   */
  seal(index: number, plain: Uint8Array): Uint8Array {
    if (!this.#has(index) || plain.byteLength !== this.lengthOf(index)) {
      throw new HypertunaError('BAD_REQUEST', `A file of ${this.size} bytes has no such chunk`)
    }
    const sealed = new Uint8Array(plain.byteLength + TAG_SIZE)
    const { nonce, additional } = this.#place(index)
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
      sealed,
      plain,
      additional,
      null,
      nonce,
      this.#key
    )
    return sealed
  }

  /**
   * Chunk `index`, opened, in memory of its own.
   *
   * @throws {HypertunaError} WRONG_BYTES when it is not that chunk of that file, whole
   *   and sealed with this key
   */
  open(index: number, sealed: Uint8Array): Uint8Array {
    if (!this.#has(index) || sealed.byteLength !== this.lengthOf(index) + TAG_SIZE) {
      throw unsealable()
    }
    const plain = new Uint8Array(sealed.byteLength - TAG_SIZE)
    const { nonce, additional } = this.#place(index)
    decrypt(plain, sealed, additional, nonce, this.#key)
    return plain
  }

  #has(index: number): boolean {
    return Number.isSafeInteger(index) && index >= 0 && index < this.chunks
  }

  /** What binds a chunk to its place. The buffers are used again for the next one. */
  #place(index: number): { nonce: Uint8Array; additional: Uint8Array } {
    new DataView(this.#nonce.buffer).setBigUint64(0, BigInt(index), true)
    this.#additional[8] = index === this.chunks - 1 ? 1 : 0
    return { nonce: this.#nonce, additional: this.#additional }
  }
}

/**
 * The key of one file's chunks: BLAKE2b-256, keyed with the relay's file key, of the
 * context and the hash as 32 raw bytes (not as hex).
 *
 * @param fileKey of the relay, 32 bytes
 * @param hash sha256 of the plain bytes, 64 hex
 */
export function fileSealKey(fileKey: Uint8Array, hash: string): Uint8Array {
  return derive(fileKey, FILE_CONTEXT, hash)
}

/** The key of the file's piece layer, which is sealed in chunks as a file is. */
export function layerSealKey(fileKey: Uint8Array, hash: string): Uint8Array {
  return derive(fileKey, LAYER_CONTEXT, hash)
}

/**
 * The plain bytes, in chunks of any size, as sealed chunks.
 *
 * @throws {HypertunaError} TRUNCATED or TOO_LARGE when they are not `seal.size` bytes
 */
export async function* sealStream(
  seal: Seal,
  plain: AsyncIterable<Uint8Array>
): AsyncGenerator<Uint8Array, void, undefined> {
  let index = 0
  for await (const chunk of rechunk(plain, () => seal.lengthOf(index))) {
    if (index >= seal.chunks || seal.lengthOf(index) < chunk.byteLength) throw tooLarge(seal.size)
    if (chunk.byteLength < seal.lengthOf(index)) throw truncated(seal.size)
    yield seal.seal(index++, chunk)
  }
  if (seal.size === 0) yield seal.seal(0, new Uint8Array(0))
  else if (index < seal.chunks) throw truncated(seal.size)
}

/**
 * The sealed bytes, in chunks of any size, as plain chunks of 64 KiB.
 *
 * @param first index of the chunk that they begin with
 * @param count of the chunks that they are; to the file's end when left out
 * @throws {HypertunaError} WRONG_BYTES when they are anything but those chunks, each
 *   in its place and the last one whole
 */
export async function* openStream(
  seal: Seal,
  sealed: AsyncIterable<Uint8Array>,
  first = 0,
  count = seal.chunks - first
): AsyncGenerator<Uint8Array, void, undefined> {
  let index = first
  const length = (): number => (index < first + count ? seal.lengthOf(index) + TAG_SIZE : 0)
  for await (const chunk of rechunk(sealed, length)) {
    if (index >= first + count) throw unsealable()
    yield seal.open(index++, chunk)
  }
  if (index < first + count) throw unsealable()
}

/**
 * What an entry says about its file, sealed: a nonce and the sealed text.
 *
 * The same metadata gives the same bytes, and other metadata of the same file must not
 * meet the same nonce. So the nonce is made from the plain text itself, by a hash that
 * is keyed: it repeats only where all of it repeats, and tells nothing to whoever has
 * no key.
 *
 * @param fileKey of the relay, 32 bytes
 * @param hash sha256 of the file's plain bytes, 64 hex
 */
export function sealMetadata(fileKey: Uint8Array, hash: string, plain: Uint8Array): Uint8Array {
  const padded = pad(plain)
  const sealed = new Uint8Array(NONCE_SIZE + padded.byteLength + TAG_SIZE)
  const nonce = sealed.subarray(0, NONCE_SIZE)
  sodium.crypto_generichash(nonce, padded, derive(fileKey, METADATA_NONCE_CONTEXT, hash))
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    sealed.subarray(NONCE_SIZE),
    padded,
    null,
    null,
    nonce,
    derive(fileKey, METADATA_CONTEXT, hash)
  )
  return sealed
}

/** @throws {HypertunaError} WRONG_BYTES when they were not sealed so for this file with this key */
export function openMetadata(fileKey: Uint8Array, hash: string, sealed: Uint8Array): Uint8Array {
  const length = sealed.byteLength - NONCE_SIZE - TAG_SIZE
  if (length < PADDING) throw unsealable()
  const padded = new Uint8Array(length)
  const [nonce, text] = [sealed.subarray(0, NONCE_SIZE), sealed.subarray(NONCE_SIZE)]
  decrypt(padded, text, null, nonce, derive(fileKey, METADATA_CONTEXT, hash))
  return unpad(padded)
}

function derive(fileKey: Uint8Array, context: string, hash: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(hash) || fileKey.byteLength !== KEY_SIZE) {
    throw new HypertunaError('BAD_REQUEST', 'A file key and a hash have 32 bytes each')
  }
  const key = new Uint8Array(KEY_SIZE)
  sodium.crypto_generichash(key, b4a.concat([b4a.from(context), b4a.from(hash, 'hex')]), fileKey)
  return key
}

function decrypt(
  plain: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array | null,
  nonce: Uint8Array,
  key: Uint8Array
): void {
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, sealed, additional, nonce, key)
  } catch (err) {
    throw unsealable(err)
  }
}

/** The length in four bytes, the bytes, and zeros up to a multiple of PADDING. */
function pad(plain: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((plain.byteLength + 4) / PADDING) * PADDING)
  new DataView(padded.buffer).setUint32(0, plain.byteLength, true)
  padded.set(plain, 4)
  return padded
}

function unpad(padded: Uint8Array): Uint8Array {
  const length = new DataView(padded.buffer).getUint32(0, true)
  if (length > padded.byteLength - 4) throw unsealable()
  return padded.subarray(4, 4 + length)
}

/** The bytes in chunks of `length()`; asked again for each, and one at least is left whole. */
async function* rechunk(
  source: AsyncIterable<Uint8Array>,
  length: () => number
): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = []
  let held = 0
  for await (const bytes of source) {
    for (let at = 0; at < bytes.byteLength;) {
      const wanted = length()
      const part = bytes.subarray(at, wanted === 0 ? undefined : at + wanted - held)
      parts.push(part)
      held += part.byteLength
      at += part.byteLength
      if (held < wanted) continue
      yield parts.length === 1 ? part : b4a.concat(parts)
      parts = []
      held = 0
    }
  }
  if (held > 0) yield b4a.concat(parts)
}

function unsealable(cause?: unknown): HypertunaError {
  const message = 'The bytes are not what was sealed here with this key'
  return new HypertunaError('WRONG_BYTES', message, { cause })
}

function tooLarge(size: number): HypertunaError {
  return new HypertunaError('TOO_LARGE', `The source has more than the ${size} bytes it said`)
}

function truncated(size: number): HypertunaError {
  return new HypertunaError('TRUNCATED', `The source ended before its ${size} bytes`)
}
