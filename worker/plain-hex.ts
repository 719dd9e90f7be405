/**
 * Has bytes become hex, and hex bytes, by what the platform has for it.
 *
 * Bare 1.31 makes each such text a piece of the system's memory that a string points to. V8
 * puts those strings with what lasts and lets go of neither before it looks at all memory: of
 * one event some thirty, and five kilobytes. It also takes eight times as long.
 */

interface Hex {
  toHex(): string
  /** @throws for what is no hex, after some of it was written */
  setFromHex(text: string): { read: number; written: number }
}

type Text = (this: Buffer, encoding?: BufferEncoding, start?: number, end?: number) => string

const bytes = Buffer.prototype as Buffer & Partial<Hex>
const toString = bytes.toString as Text
const known = typeof bytes.toHex === 'function' && typeof bytes.setFromHex === 'function'

/** Fills a Buffer with what a text says. @returns false when it is not as many bytes of hex */
export function writeHex(buffer: Buffer, text: string): boolean {
  if (!known || text.length !== 2 * buffer.byteLength) return false
  try {
    return (buffer as Buffer & Hex).setFromHex(text).written === buffer.byteLength
  } catch {
    return false // no hex: what it is then is for who asked
  }
}

if (known) {
  bytes.toString = function (this: Buffer & Hex, encoding, start, end) {
    if (start !== undefined || end !== undefined) return toString.call(this, encoding, start, end)
    if (encoding === undefined) return toString.call(this)
    return encoding === 'hex' ? this.toHex() : toString.call(this, encoding)
  } as Text
}
