/**
 * How large a picture is, read from the first bytes of its file: so that nobody has to decode one
 * to learn that it is too large to be decoded.
 */
export interface Size {
  width: number
  height: number
}

/** So many bytes are enough for nearly every picture. */
export const HEAD = 512 * 1024

/** In pixels, before any turning; null for what is no picture of a kind that we show. */
export function imageSize(head: Uint8Array): Size | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  for (const read of [png, gif, bmp, webp, avif, jpeg]) {
    try {
      const size = read(view)
      if (size !== null) return size.width > 0 && size.height > 0 ? size : null
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return null // it ends in the middle of what it begins with
    }
  }
  return null
}

function png(view: DataView): Size | null {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(12) !== 0x49484452) return null
  return { width: view.getUint32(16), height: view.getUint32(20) }
}

function gif(view: DataView): Size | null {
  if (view.getUint32(0) !== 0x47494638) return null
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
}

function bmp(view: DataView): Size | null {
  if (view.getUint16(0) !== 0x424d) return null
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) }
}

function webp(view: DataView): Size | null {
  if (view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57454250) return null
  const chunk = view.getUint32(12)
  if (chunk === 0x56503858) return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 }
  if (chunk === 0x5650384c) {
    const bits = view.getUint32(21, true)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  if (chunk !== 0x56503820) return null
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
}

/** The largest of the sizes that its properties name: an alpha plane has one too. */
function avif(view: DataView): Size | null {
  if (view.getUint32(4) !== 0x66747970) return null
  let found: Size | null = null
  for (let at = 8; at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== 0x69737065) continue
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) }
    if (found === null || size.width * size.height > found.width * found.height) found = size
  }
  return found
}

/** Goes from marker to marker until one tells of a frame. */
function jpeg(view: DataView): Size | null {
  if (view.getUint16(0) !== 0xffd8) return null
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return null
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) {
      at++
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    const alone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    at += alone ? 2 : 2 + view.getUint16(at + 2)
  }
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + (view.getUint8(at + 2) << 16)
}
