import test from 'brittle'
import { HypertunaError } from '../../protocol/errors.ts'
import {
  CHUNK_SIZE,
  Seal,
  TAG_SIZE,
  chunkCount,
  fileSealKey,
  layerSealKey,
  openMetadata,
  sealMetadata,
  sealedSize
} from '../../protocol/seal.ts'
import { sha256 } from '../../protocol/sha256.ts'

const FILE_KEY = Uint8Array.from({ length: 32 }, (_, i) => i)
const OTHER_KEY = Uint8Array.from({ length: 32 }, (_, i) => i + 1)

/**
 * Made once with another implementation of BLAKE2b and XChaCha20-Poly1305, by the words
 * of the format: plain bytes, the file's key, and the sha256 of all that is sealed.
 */
const VECTORS: { plain: Uint8Array; key: string; sealed: string }[] = [
  {
    plain: new Uint8Array(0),
    key: '87e07dafec463db682e4fc1ad1e26407cd5bd05b36869217fd849d19384ee6b9',
    sealed: 'c95d507c783df97aa59a6391949fb47a4ec76cc2e519b1cd61491bd32dae1e3c'
  },
  {
    plain: Buffer.from('hello relay'),
    key: '592e8ac9a28f3633a60150ea9bc5e092679d9698438c17b336e2caaf75f6f9e2',
    sealed: '410bef7e05e4a9503b1f62a536471b177f44a73689de821bc5e3cafafcd181d2'
  },
  {
    plain: pattern(65536),
    key: '50dd9bb4ed3c14f5774589f18d3233512127e65e9125dfed51dd6fc99f18f456',
    sealed: '416b09a86adf8f0808b4b963a780dbb5a0084b4c66eb1dcb0897a2298c1521da'
  },
  {
    plain: pattern(65537),
    key: 'e189cdcc05ecbc5cdb52f1c726a6883b3bb0274408f3cfa09fc6654c5b143a5f',
    sealed: '155b7567848dd9a17ef38b45679b72461f0658b05c04149ceaa8a1bbdd32f2fe'
  }
]

test('sealed bytes are those of the format', async (t) => {
  for (const { plain, key, sealed } of VECTORS) {
    t.is(hex(fileSealKey(FILE_KEY, hashOf(plain))), key, `key of ${plain.byteLength} bytes`)
    t.is(hashOf(Buffer.concat(await sealAll(plain))), sealed, `${plain.byteLength} bytes, sealed`)
  }
  const [empty] = await sealAll(new Uint8Array(0))
  t.is(hex(empty!), '21b2560df33c1fb56f3c8c195cda289c', 'an empty file is one chunk')
  const [hello] = await sealAll(Buffer.from('hello relay'))
  t.is(hex(hello!), '084c6203ad10f8e2909af86f40eb9390d2ce4dc631fa1232fbbb6b')
  t.is(
    hex(layerSealKey(FILE_KEY, hashOf(Buffer.from('hello relay')))),
    'eb15cb62f3d07321a7eecf3f10939fb4beaf2bd223084dad4d87e09c13de13ac',
    'a layer has a key of its own'
  )
})

test('sealed chunks open to what they were, each without the rest', (t) => {
  for (const size of [0, 1, 65535, 65536, 65537, 131072, 300_001]) {
    const plain = pattern(size)
    const seal = sealOf(plain)
    const chunks = sealAll(plain)
    t.is(chunks.length, chunkCount(size))
    t.is(Buffer.concat(chunks).byteLength, sealedSize(size))
    const last = seal.open(chunks.length - 1, chunks.at(-1)!)
    t.ok(plain.subarray((chunks.length - 1) * CHUNK_SIZE).equals(last))
    t.ok(openAll(seal, chunks).equals(plain), `${size} bytes`)
  }
})

test('whatever is done to sealed bytes is noticed', (t) => {
  const plain = pattern(3 * CHUNK_SIZE)
  const seal = sealOf(plain)
  const chunks = sealAll(plain)
  const [a, b, c] = chunks as [Uint8Array, Uint8Array, Uint8Array]
  const attempts: Record<string, Uint8Array[]> = {
    'a flipped bit': [a, flip(b, 5000), c],
    'a flipped bit in a tag': [a, b, flip(c, c.byteLength - 1)],
    'chunks in another order': [b, a, c],
    'a chunk twice': [a, b, b],
    'the last byte left out': [a, b, c.subarray(0, -1)],
    'a byte too many': [a, b, c, new Uint8Array(1)],
    'a chunk left out': [a, c],
    'a chunk too many': [a, b, c, c]
  }
  for (const [what, parts] of Object.entries(attempts)) {
    t.is(
      thrown(() => openAll(seal, parts)),
      'WRONG_BYTES',
      what
    )
  }
  const shorter = new Seal(fileSealKey(FILE_KEY, hashOf(plain)), 2 * CHUNK_SIZE)
  t.is(
    thrown(() => openAll(shorter, [a, b])),
    'WRONG_BYTES',
    'another size'
  )
  const other = new Seal(fileSealKey(OTHER_KEY, hashOf(plain)), plain.byteLength)
  t.is(
    thrown(() => openAll(other, chunks)),
    'WRONG_BYTES',
    "another relay's key"
  )
  const same = new Seal(fileSealKey(FILE_KEY, 'ab'.repeat(32)), plain.byteLength)
  t.is(
    thrown(() => openAll(same, chunks)),
    'WRONG_BYTES',
    'another hash'
  )
})

test('what is sealed must be the file that was announced', (t) => {
  const seal = new Seal(fileSealKey(FILE_KEY, 'ab'.repeat(32)), 100_000)
  t.is(
    thrown(() => seal.seal(2, new Uint8Array(0))),
    'BAD_REQUEST'
  )
  t.is(
    thrown(() => seal.seal(0, pattern(5))),
    'BAD_REQUEST'
  )
  t.is(
    thrown(() => seal.open(-1, pattern(5))),
    'WRONG_BYTES'
  )
  t.is(
    thrown(() => fileSealKey(FILE_KEY, 'AB'.repeat(32))),
    'BAD_REQUEST'
  )
  t.is(
    thrown(() => fileSealKey(FILE_KEY.subarray(1), 'ab'.repeat(32))),
    'BAD_REQUEST'
  )
})

test('metadata: the same gives the same, and its length tells little', (t) => {
  const hash = hashOf(Buffer.from('hello relay'))
  const text = Buffer.from('{"name":"tape.flac"}')
  const sealed = sealMetadata(FILE_KEY, hash, text)
  t.is(hex(sealed.subarray(0, 24)), 'cec15de5993bec78d96ff31bb9d5a8c44dc088914d40b068')
  t.is(hashOf(sealed), '9311e241b9a7d9b3901b79cb337cfeb6a16fbcf6edf39a64927e62b373b3bf6e')
  t.alike(sealMetadata(FILE_KEY, hash, text), sealed)
  t.ok(Buffer.from(openMetadata(FILE_KEY, hash, sealed)).equals(text))

  const longer = sealMetadata(FILE_KEY, hash, Buffer.from('{"name":"tapes.flac"}'))
  t.is(longer.byteLength, sealed.byteLength)
  t.unlike(longer.subarray(0, 24), sealed.subarray(0, 24), 'other words, another nonce')
  const large = Buffer.alloc(5000, 7)
  t.alike(Buffer.from(openMetadata(FILE_KEY, hash, sealMetadata(FILE_KEY, hash, large))), large)

  const other = hashOf(Buffer.from('another file'))
  t.unlike(sealMetadata(FILE_KEY, other, text), sealed)
  t.is(
    thrown(() => openMetadata(FILE_KEY, other, sealed)),
    'WRONG_BYTES',
    'another file'
  )
  t.is(
    thrown(() => openMetadata(OTHER_KEY, hash, sealed)),
    'WRONG_BYTES',
    'another key'
  )
  for (const at of [0, 30, sealed.byteLength - 1]) {
    t.is(
      thrown(() => openMetadata(FILE_KEY, hash, flip(sealed, at))),
      'WRONG_BYTES'
    )
  }
  for (const length of [0, 24, 39, 60, sealed.byteLength - 1]) {
    const short = sealed.subarray(0, length)
    t.is(
      thrown(() => openMetadata(FILE_KEY, hash, short)),
      'WRONG_BYTES',
      `${length} bytes of it`
    )
  }
})

function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i < size; i++) bytes[i] = i * 7 + (i >> 8)
  return bytes
}

function sealOf(plain: Uint8Array): Seal {
  return new Seal(fileSealKey(FILE_KEY, hashOf(plain)), plain.byteLength)
}

function sealAll(plain: Uint8Array): Uint8Array[] {
  const seal = sealOf(plain)
  return Array.from({ length: seal.chunks }, (_, index) => {
    const start = index * CHUNK_SIZE
    return seal.seal(index, plain.subarray(start, start + seal.lengthOf(index)))
  })
}

function openAll(seal: Seal, chunks: Uint8Array[]): Buffer {
  return Buffer.concat(chunks.map((chunk, index) => seal.open(index, chunk)))
}

function hashOf(bytes: Uint8Array): string {
  return hex(sha256(bytes))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const wrong = new Uint8Array(bytes)
  wrong[at] = (wrong[at] ?? 0) ^ 1
  return wrong
}

function thrown(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (err) {
    return HypertunaError.from(err).code
  }
}
