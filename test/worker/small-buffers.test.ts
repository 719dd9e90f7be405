/** Small Buffers that share memory are like any others. */
import test from 'brittle'

const made = { allocUnsafe: Buffer.allocUnsafe, from: Buffer.from }
await import('../../worker/small-buffers.ts')

const ENCODINGS = ['utf8', 'latin1', 'hex', 'base64', 'base64url', 'ascii', 'utf16le'] as const

test('a Buffer says what it was made of', (t) => {
  for (const text of [
    '',
    'a',
    'abcd',
    'grün 🌿',
    'ab'.repeat(300),
    'é'.repeat(128),
    'A'.repeat(256),
    'A'.repeat(512)
  ]) {
    for (const encoding of ENCODINGS) {
      const written = made.from(text).toString(encoding)
      const expected = made.from(written, encoding)
      const found = Buffer.from(written, encoding)
      if (!found.equals(expected)) t.fail(`${encoding} of ${text.slice(0, 8)}`)
      if (!Buffer.from(found).equals(expected)) t.fail(`a copy of ${text.slice(0, 8)}`)
    }
    if (!Buffer.from(text).equals(made.from(text))) t.fail(text.slice(0, 8))
  }
  t.alike(Buffer.from([1, 2, 3]), made.from([1, 2, 3]))
  t.is(Buffer.from(new ArrayBuffer(8), 2, 4).byteOffset, 2)
  t.ok(Buffer.isBuffer(Buffer.from('abc')))
})

test('no two of them have a byte in common', (t) => {
  const buffers = Array.from({ length: 5000 }, (_, i) => {
    const buffer =
      i % 2 === 0 ? Buffer.allocUnsafe((i * 37) % 700) : Buffer.from('x'.repeat(i % 90))
    return buffer.fill(i % 251)
  })
  const wrong = buffers.findIndex((buffer, i) => !buffer.every((byte) => byte === i % 251))
  t.is(wrong, -1)
})

test('a copy is no part of what was copied', (t) => {
  const original = Buffer.from('first')
  const copy = Buffer.from(original)
  original.fill(0)
  t.is(copy.toString(), 'first')
})

test('a Buffer of zeros has memory of its own', (t) => {
  Buffer.allocUnsafe(100).fill(7)
  const zeros = Buffer.alloc(100)
  t.ok(zeros.every((byte) => byte === 0))
  t.is(zeros.buffer.byteLength, 100)
})
