/**
 * A file's SHA-256 tree as in BEP 52: leaves of 16 KiB, and the layer of 256 KiB
 * pieces by which a range is checked before the rest of the file is there.
 */
import sodium from 'sodium-universal'
import { HypertunaError } from './errors.ts'
import { createSha256 } from './sha256.ts'

/** Bytes under one leaf. */
export const LEAF_SIZE = 16384

/** Bytes under one hash of the layer. */
export const PIECE_SIZE = 262144

const HASH_SIZE = 32
const LEAVES_PER_PIECE = PIECE_SIZE / LEAF_SIZE
const ZERO_ROOT = '0'.repeat(64)

// BEP 52 sets the leaves beyond the end to zero; whole pieces beyond it have this root.
const EMPTY_PIECE = foldTree(Buffer.alloc(LEAVES_PER_PIECE * HASH_SIZE), LEAVES_PER_PIECE)

export interface FileDigest {
  /** sha256 of the whole, hex */
  hash: string
  /** bytes */
  size: number
  /** hex; zeros for an empty file */
  piecesRoot: string
  /** 32 bytes for each piece; for a file of one piece that is the root itself */
  layer: Uint8Array
}

/** How many pieces a file of `size` bytes has. */
export function pieceCount(size: number): number {
  return Math.ceil(size / PIECE_SIZE)
}

/**
 * Hashes a file and its tree in one pass, for chunks of any size.
 *
 * Nothing is copied: bytes are hashed straight from the caller's chunks, and
 * what is kept is 32 bytes for each piece.
 */
export class FileHasher {
  #whole = createSha256()
  #leaf = createSha256()
  #leafBytes = 0
  #leaves = Buffer.alloc(LEAVES_PER_PIECE * HASH_SIZE)
  #leafCount = 0
  #layer = Buffer.alloc(64 * HASH_SIZE)
  #pieces = 0
  #size = 0
  #ended = false
  readonly #known: Uint8Array | null

  /** @param known - the layer, when every piece was checked against it before: half the work */
  constructor(known: Uint8Array | null = null) {
    this.#known = known
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size
  }

  /** Takes the next bytes; they may be reused as soon as this returns. */
  update(chunk: Uint8Array): void {
    this.#whole.update(chunk)
    this.#size += chunk.byteLength
    if (this.#known !== null) return
    for (let at = 0; at < chunk.byteLength;) {
      const end = Math.min(chunk.byteLength, at + LEAF_SIZE - this.#leafBytes)
      // A full piece is closed only when more follows: the last one may be the only one.
      if (this.#leafCount === LEAVES_PER_PIECE) this.#endPiece(LEAVES_PER_PIECE)
      this.#leaf.update(chunk.subarray(at, end))
      this.#leafBytes += end - at
      if (this.#leafBytes === LEAF_SIZE) this.#endLeaf()
      at = end
    }
  }

  /**
   * The result. The hasher is used up by it.
   *
   * @throws {HypertunaError} INTERNAL when called again, WRONG_BYTES when the known layer is
   *   of another size
   */
  digest(): FileDigest {
    if (this.#ended) throw new HypertunaError('INTERNAL', 'A file hasher gives its result once')
    this.#ended = true
    if (this.#leafBytes > 0) this.#endLeaf()
    if (this.#leafCount > 0) {
      this.#endPiece(this.#pieces === 0 ? powerOfTwo(this.#leafCount) : LEAVES_PER_PIECE)
    }
    const layer = this.#known ?? this.#layer.subarray(0, this.#pieces * HASH_SIZE)
    return {
      hash: this.#whole.digest().toString('hex'),
      size: this.#size,
      piecesRoot: layerRoot(layer, this.#size),
      layer
    }
  }

  #endLeaf(): void {
    this.#leaves.set(this.#leaf.digest(), this.#leafCount * HASH_SIZE)
    this.#leafCount++
    this.#leafBytes = 0
    this.#leaf = createSha256()
  }

  /** @param width - leaves in the piece's tree, those beyond the end included */
  #endPiece(width: number): void {
    this.#leaves.fill(0, this.#leafCount * HASH_SIZE)
    const root = foldTree(this.#leaves, width)
    const at = this.#pieces * HASH_SIZE
    if (at === this.#layer.byteLength) {
      const larger = Buffer.alloc(this.#layer.byteLength * 2)
      larger.set(this.#layer)
      this.#layer = larger
    }
    this.#layer.set(root, at)
    this.#pieces++
    this.#leafCount = 0
  }
}

/**
 * The root (hex) over a layer that came from anywhere.
 *
 * @param size - of the file, in bytes
 * @throws {HypertunaError} WRONG_BYTES for a layer that no file of this size has
 */
export function layerRoot(layer: Uint8Array, size: number): string {
  if (!fits(layer, size)) {
    throw new HypertunaError(
      'WRONG_BYTES',
      'The hashes that came do not fit a file of this size; ask another provider'
    )
  }
  if (size === 0) return ZERO_ROOT
  const count = pieceCount(size)
  const width = powerOfTwo(count)
  const tree = Buffer.alloc(width * HASH_SIZE)
  tree.set(layer)
  for (let i = count; i < width; i++) tree.set(EMPTY_PIECE, i * HASH_SIZE)
  return foldTree(tree, width).toString('hex')
}

/**
 * Whether `bytes` are the whole of piece `index`. The layer must have been
 * checked against the root before.
 *
 * @param size - of the file, in bytes
 */
export function verifyPiece(
  layer: Uint8Array,
  size: number,
  index: number,
  bytes: Uint8Array | Uint8Array[]
): boolean {
  if (!fits(layer, size) || !Number.isSafeInteger(index) || index < 0) return false
  const chunks = Array.isArray(bytes) ? bytes : [bytes]
  const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  const start = index * PIECE_SIZE
  if (start >= size || length !== Math.min(PIECE_SIZE, size - start)) return false
  const leafCount = Math.ceil(length / LEAF_SIZE)
  const width = size <= PIECE_SIZE ? powerOfTwo(leafCount) : LEAVES_PER_PIECE
  const leaves = hashLeaves(chunks, width)
  const expected = layer.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE)
  return Buffer.compare(foldTree(leaves, width), expected) === 0
}

/** Chunks that begin with a piece, as the chunks of each piece: views, not copies. */
export function cutPieces(chunks: Uint8Array[]): Uint8Array[][] {
  const pieces: Uint8Array[][] = []
  let left = 0
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      if (left === 0) {
        pieces.push([])
        left = PIECE_SIZE
      }
      const part = chunk.subarray(at, at + left)
      pieces.at(-1)?.push(part)
      left -= part.byteLength
      at += part.byteLength
    }
  }
  return pieces
}

/** The leaves' hashes, zeros beyond the last of `width`. */
function hashLeaves(chunks: Uint8Array[], width: number): Buffer {
  const leaves = Buffer.alloc(width * HASH_SIZE)
  let leaf = createSha256()
  let filled = 0
  let count = 0
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      const end = Math.min(chunk.byteLength, at + LEAF_SIZE - filled)
      leaf.update(chunk.subarray(at, end))
      filled += end - at
      at = end
      if (filled < LEAF_SIZE) continue
      leaves.set(leaf.digest(), count++ * HASH_SIZE)
      leaf = createSha256()
      filled = 0
    }
  }
  if (filled > 0) leaves.set(leaf.digest(), count * HASH_SIZE)
  return leaves
}

function fits(layer: Uint8Array, size: number): boolean {
  return (
    Number.isSafeInteger(size) && size >= 0 && layer.byteLength === pieceCount(size) * HASH_SIZE
  )
}

/** The root over `width` hashes, a power of two. Overwrites `tree`; the result lies in it. */
function foldTree(tree: Buffer, width: number): Buffer {
  for (let count = width; count > 1; count /= 2) {
    for (let i = 0; i < count; i += 2) {
      const pair = tree.subarray(i * HASH_SIZE, (i + 2) * HASH_SIZE)
      const parent = tree.subarray((i / 2) * HASH_SIZE, (i / 2 + 1) * HASH_SIZE)
      sodium.crypto_hash_sha256(parent, pair) // reads all of the pair before it writes
    }
  }
  return tree.subarray(0, HASH_SIZE)
}

function powerOfTwo(count: number): number {
  let width = 1
  while (width < count) width *= 2
  return width
}
