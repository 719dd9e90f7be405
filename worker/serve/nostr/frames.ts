/** Text messages as a server sends them on a WebSocket (RFC 6455, section 5.2). */

/** One message in pieces, as UTF-8: what many messages share is made once. */
export type Message = readonly Uint8Array[]

const TEXT = 0x81 // the only frame of its message
const SHORT = 125
const MIDDLE = 0xffff

export const lengthOf = (message: Message): number =>
  message.reduce((sum, { byteLength }) => sum + byteLength, 0)

/** All of the messages, each in a frame of its own, in one piece of memory. */
export function framesOf(messages: readonly Message[]): Uint8Array {
  const lengths = messages.map(lengthOf)
  const size = lengths.reduce((sum, length) => sum + headerLength(length) + length, 0)
  const frames = Buffer.allocUnsafe(size)
  let at = 0
  for (const [i, message] of messages.entries()) {
    at = writeHeader(frames, at, lengths[i]!)
    for (const piece of message) {
      frames.set(piece, at)
      at += piece.byteLength
    }
  }
  return frames
}

const headerLength = (length: number): number => (length <= SHORT ? 2 : length <= MIDDLE ? 4 : 10)

/** @returns where the payload begins */
function writeHeader(frames: Buffer, at: number, length: number): number {
  frames[at] = TEXT
  if (length <= SHORT) {
    frames[at + 1] = length
  } else if (length <= MIDDLE) {
    frames[at + 1] = 126
    frames.writeUInt16BE(length, at + 2)
  } else {
    frames[at + 1] = 127
    frames.writeUInt32BE(Math.floor(length / 2 ** 32), at + 2)
    frames.writeUInt32BE(length >>> 0, at + 6)
  }
  return at + headerLength(length)
}
