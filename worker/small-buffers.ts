/**
 * Lets small Buffers share memory, as they do in Node.
 *
 * Bare 1.31 asks the system for each Buffer, however small, which takes a microsecond and
 * leaves an ArrayBuffer to be collected: an event that is stored makes some hundred of them.
 * Here those whose contents are about to be written (`allocUnsafe`, and `from` a text or
 * bytes) are parts of a piece of memory, one after the other. `alloc` is as it was.
 */
import { writeHex } from './plain-hex.ts'

/** Bytes of a piece, which are few: whoever keeps a part of it for long keeps all of it. */
const PIECE = 2048
const LARGEST = 256
/** Where a part begins; the wider views need it. */
const ALIGNED = 8

let piece = new ArrayBuffer(PIECE)
let used = 0

const made = { allocUnsafe: Buffer.allocUnsafe, from: Buffer.from }
const PlainBuffer = Buffer as unknown as new (
  memory: ArrayBuffer,
  offset: number,
  length: number
) => Buffer

const isSmall = (length: number): boolean => length > 0 && length <= LARGEST

function part(length: number): Buffer {
  if (used + length > PIECE) {
    piece = new ArrayBuffer(PIECE)
    used = 0
  }
  const buffer = new PlainBuffer(piece, used, length)
  used += Math.ceil(length / ALIGNED) * ALIGNED
  return buffer
}

function from(value: unknown, second?: unknown, third?: unknown): Buffer {
  if (typeof value === 'string') {
    const encoding = second as BufferEncoding | undefined
    const length = value.length > LARGEST ? 0 : Buffer.byteLength(value, encoding)
    if (isSmall(length)) {
      const buffer = part(length)
      if (encoding !== 'hex' || !writeHex(buffer, value)) {
        buffer.write(value, 0, length, encoding)
      }
      return buffer
    }
  } else if (value instanceof Uint8Array && isSmall(value.byteLength)) {
    const buffer = part(value.byteLength)
    buffer.set(value)
    return buffer
  }
  return (made.from as (...values: unknown[]) => Buffer)(value, second, third)
}

// Where there is such a thing already it is left as it is.
if (Buffer.poolSize === 0) {
  Buffer.allocUnsafe = ((length: number) =>
    isSmall(length) ? part(length) : made.allocUnsafe(length)) as typeof Buffer.allocUnsafe
  Buffer.from = from as typeof Buffer.from
}
