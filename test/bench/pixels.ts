/** A small picture that every browser shows: a BMP, another one for each number. */
import b4a from 'b4a'

const WIDTH = 32
const HEIGHT = 24
const HEAD = 54

export function pixels(seed: number): Uint8Array {
  const size = HEAD + WIDTH * HEIGHT * 3
  const bytes = b4a.alloc(size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  bytes.set(b4a.from('BM'))
  view.setUint32(2, size, true)
  view.setUint32(10, HEAD, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, WIDTH, true)
  view.setInt32(22, HEIGHT, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  for (let at = HEAD, i = 0; at < size; at += 3, i++) {
    bytes[at] = (seed + i) & 255
    bytes[at + 1] = (seed * 7 + i * 3) & 255
    bytes[at + 2] = (seed >> 8) * 31 + (i & 63)
  }
  return bytes
}
