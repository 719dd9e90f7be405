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
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0, true)
  if (length > padded.byteLength - 4) throw unsealable()
  return padded.subarray(4, 4 + length)
}

function unsealable(cause?: unknown): HypertunaError {
  const message = 'The bytes are not what was sealed here with this key'
  return new HypertunaError('WRONG_BYTES', message, { cause })
}
