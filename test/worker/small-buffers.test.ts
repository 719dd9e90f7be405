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

test('hex is what it was, of any part and of what is none', (t) => {
  const all = made.from(Array.from({ length: 256 }, (_, i) => i))
  const expected = Array.from(all, (byte) => byte.toString(16).padStart(2, '0')).join('')
  t.is(all.toString('hex'), expected)
  t.is(all.toString('hex', 3), expected.slice(6))
  t.is(all.toString('hex', 3, 5), '0304')
  t.is(all.subarray(7, 9).toString('hex'), '0708')
  t.is(all.toString('hex', 9, 300), expected.slice(18))
  t.is(made.from('').toString('hex'), '')
  t.alike(Buffer.from(expected.toUpperCase(), 'hex'), all)
  t.alike(Buffer.from(expected, 'hex'), all)
  for (const text of ['abc', 'zz', 'ab cd', 'abzz', '0x12', 'é1']) {
    const [found, before] = [tried(Buffer.from, text), tried(made.from, text)]
    t.is(found, before, text)
  }
})

function tried(from: typeof Buffer.from, text: string): string {
  try {
    return from(text, 'hex').join()
  } catch (err) {
    return String(err)
  }
}
