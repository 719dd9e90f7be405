import { randomBytes } from 'bare-crypto'
import test from 'brittle'
import { HypertunaError } from '../../protocol/errors.ts'
import {
  FileHasher,
  LEAF_SIZE,
  PIECE_SIZE,
  cutPieces,
  layerRoot,
  pieceCount,
  verifyPiece,
  type FileDigest
} from '../../protocol/pieces.ts'
import { sha256 } from '../../protocol/sha256.ts'

const SIZES = [
  0,
  1,
  16383,
  16384,
  16385,
  262143,
  262144,
  262145,
  524288,
  1024 * 1024,
  3 * 1024 * 1024 + 7
]

const pool = Buffer.from(randomBytes(4 * 1024 * 1024))

test('the tree is the one that BEP 52 describes', (t) => {
  for (const size of SIZES) {
    const bytes = sampleBytes(size)
    const result = hashFile([bytes])
    t.is(result.size, size)
    t.is(result.hash, sha256(bytes).toString('hex'), `hash of ${size} bytes`)
    t.is(result.piecesRoot, naiveRoot(bytes), `root of ${size} bytes`)
    t.is(result.layer.byteLength, pieceCount(size) * 32)
    t.is(layerRoot(result.layer, size), result.piecesRoot, `root over the layer of ${size} bytes`)
  }
})

test('known values, so that the tree cannot change with its oracle', (t) => {
  const empty = hashFile([])
  t.is(empty.hash, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  t.is(empty.piecesRoot, '0'.repeat(64))
  t.is(empty.layer.byteLength, 0)

  const one = hashFile([Buffer.from('a')])
  t.is(one.piecesRoot, one.hash, 'one leaf is its own root')
  t.is(Buffer.from(one.layer).toString('hex'), one.piecesRoot, 'one piece is its own layer')
})

test('the layer of one piece is padded to its leaves, of several to the whole piece', (t) => {
  const three = hashFile([sampleBytes(LEAF_SIZE * 3)])
  t.is(three.piecesRoot, naiveTree(leavesOf(sampleBytes(LEAF_SIZE * 3)), 4).toString('hex'))

  const bytes = sampleBytes(PIECE_SIZE + 1)
  const two = hashFile([bytes])
  const last = naiveTree(leavesOf(bytes.subarray(PIECE_SIZE)), 16)
  t.is(Buffer.from(two.layer.subarray(32)).toString('hex'), last.toString('hex'))
})

test('however the bytes are cut, the result is the same', (t) => {
  const bytes = sampleBytes(3 * 1024 * 1024 + 7)
  const expected = hashFile([bytes])
  for (const length of [1000, 16383, 16384, 16385, 65536, 262144, 300001, 1048576]) {
    const chunks: Buffer[] = []
    for (let at = 0; at < bytes.length; at += length) chunks.push(bytes.subarray(at, at + length))
    t.alike(hashFile(chunks), expected, `chunks of ${length}`)
  }
  const ragged = [bytes.subarray(0, 0), bytes.subarray(0, 1), bytes.subarray(1, 1)]
  t.alike(hashFile([...ragged, bytes.subarray(1)]), expected, 'empty chunks count for nothing')
})

test('a chunk may be reused as soon as update returned', (t) => {
  const bytes = sampleBytes(PIECE_SIZE * 2 + 5)
  const hasher = new FileHasher()
  const reused = Buffer.alloc(1000)
  for (let at = 0; at < bytes.length; at += 1000) {
    const part = bytes.subarray(at, at + 1000)
    reused.set(part)
    hasher.update(reused.subarray(0, part.length))
    reused.fill(0)
  }
  t.alike(hasher.digest(), hashFile([bytes]))
})

test('a layer longer than the first reserve is whole', (t) => {
  const hasher = new FileHasher()
  const piece = sampleBytes(PIECE_SIZE)
  for (let i = 0; i < 200; i++) hasher.update(piece)
  const { layer, size, piecesRoot } = hasher.digest()
  t.is(layer.byteLength, 200 * 32)
  t.is(layerRoot(layer, size), piecesRoot)
  t.ok(verifyPiece(layer, size, 0, piece))
  t.ok(verifyPiece(layer, size, 199, piece))
})

test('a result is given once', async (t) => {
  const hasher = new FileHasher()
  hasher.digest()
  await t.exception(() => hasher.digest(), /once/)
})

test('every piece of every size is recognised, and nothing else', (t) => {
  for (const size of SIZES.filter((size) => size > 0)) {
    const bytes = sampleBytes(size)
    const { layer } = hashFile([bytes])
    for (let i = 0; i < pieceCount(size); i++) {
      const piece = bytes.subarray(i * PIECE_SIZE, (i + 1) * PIECE_SIZE)
      if (!verifyPiece(layer, size, i, piece)) t.fail(`piece ${i} of ${size}`)
      const wrong = Buffer.from(piece)
      wrong[wrong.length - 1]! ^= 1
      if (verifyPiece(layer, size, i, wrong)) t.fail(`a flipped bit in piece ${i} of ${size}`)
      if (verifyPiece(layer, size, i, piece.subarray(1))) t.fail('a short piece')
      if (verifyPiece(layer, size, i, Buffer.concat([piece, Buffer.alloc(1)]))) t.fail('a long one')
    }
    t.pass(`${size} bytes`)
  }
})

test('a piece in another place, or at no place, is not recognised', (t) => {
  const bytes = sampleBytes(PIECE_SIZE * 3)
  const { layer, size } = hashFile([bytes])
  const first = bytes.subarray(0, PIECE_SIZE)
  t.ok(verifyPiece(layer, size, 0, first))
  t.absent(verifyPiece(layer, size, 1, first))
  for (const index of [-1, 3, 0.5, NaN, Infinity, 2 ** 60]) {
    t.absent(verifyPiece(layer, size, index, first), `index ${index}`)
  }
  t.absent(verifyPiece(layer.subarray(32), size, 0, first), 'a layer that is too short')
  t.absent(verifyPiece(layer, size + PIECE_SIZE, 0, first), 'a size that is too large')
  t.absent(verifyPiece(layer, NaN, 0, first), 'a size that is no number')
  t.absent(verifyPiece(Buffer.alloc(0), 0, 0, Buffer.alloc(0)), 'an empty file has no piece')
})

test('a changed layer has another root', (t) => {
  const { layer, size, piecesRoot } = hashFile([sampleBytes(PIECE_SIZE * 5 + 1)])
  const changed = Buffer.from(layer)
  changed[0]! ^= 1
  t.not(layerRoot(changed, size), piecesRoot)
})

test('a layer that does not fit the size is refused', (t) => {
  const { layer, size } = hashFile([sampleBytes(PIECE_SIZE * 2)])
  const misfits: [Uint8Array, number][] = [
    [layer.subarray(1), size],
    [layer, size + 1],
    [layer, 0],
    [layer, -1],
    [layer, 0.5],
    [layer, Infinity],
    [Buffer.alloc(0), 2 ** 52]
  ]
  for (const [given, of] of misfits) {
    try {
      layerRoot(given, of)
      t.fail(`${given.byteLength} bytes for ${of}`)
    } catch (err) {
      t.is(err instanceof HypertunaError && err.code, 'WRONG_BYTES')
    }
  }
})

function hashFile(chunks: Uint8Array[]): FileDigest {
  const hasher = new FileHasher()
  for (const chunk of chunks) hasher.update(chunk)
  return hasher.digest()
}

/** The first `size` bytes of one random file. */
function sampleBytes(size: number): Buffer {
  return pool.subarray(0, size)
}

// The oracle: BEP 52 as its text reads, the whole file as one tree of leaves.

function naiveRoot(bytes: Buffer): string {
  if (bytes.length === 0) return '0'.repeat(64)
  const leaves = leavesOf(bytes)
  let width = 1
  while (width < leaves.length) width *= 2
  return naiveTree(leaves, width).toString('hex')
}

function leavesOf(bytes: Buffer): Buffer[] {
  const leaves: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 16384) {
    leaves.push(sha256(bytes.subarray(at, at + 16384)))
  }
  return leaves
}

function naiveTree(leaves: Buffer[], width: number): Buffer {
  if (width === 1) return leaves[0] ?? Buffer.alloc(32)
  const left = naiveTree(leaves.slice(0, width / 2), width / 2)
  const right = naiveTree(leaves.slice(width / 2), width / 2)
  return sha256(Buffer.concat([left, right]))
}

test('a known layer is taken as it is, and must fit the size', (t) => {
  const bytes = Buffer.alloc(3 * PIECE_SIZE + 1, 7)
  const measured = new FileHasher()
  measured.update(bytes)
  const digest = measured.digest()
  const known = new FileHasher(digest.layer)
  known.update(bytes)
  t.alike(known.digest(), digest)
  const other = new FileHasher(digest.layer.subarray(32))
  other.update(bytes)
  t.exception(() => other.digest(), /do not fit/)
})

test('a piece may come in chunks of any size', (t) => {
  const bytes = Buffer.alloc(PIECE_SIZE + 70_001)
  for (let i = 0; i < bytes.byteLength; i++) bytes[i] = (i * 31) % 251
  const hasher = new FileHasher()
  hasher.update(bytes)
  const { layer, size } = hasher.digest()
  const chunks: Uint8Array[] = []
  for (let at = 0; at < size; at += 10_007) chunks.push(bytes.subarray(at, at + 10_007))
  const pieces = cutPieces(chunks)
  t.is(pieces.length, 2)
  t.ok(pieces.every((piece, i) => verifyPiece(layer, size, i, piece)))
  t.absent(verifyPiece(layer, size, 0, pieces[1] ?? []))
  t.absent(verifyPiece(layer, size, 0, [...(pieces[0] ?? [])].reverse()))
})
