/**
 * What the file channel's frames are made of, and the guard around all of it.
 */
import b4a from 'b4a'
import c from 'compact-encoding'
import type { Encoder, State } from 'compact-encoding'
import { isNostrEvent } from '../nostr.ts'
import type { NostrEvent } from '../nostr.ts'
import { MAX_FRAME } from './limits.ts'

/** What a frame becomes whose bytes do not decode. */
export const MALFORMED: unique symbol = Symbol('malformed')

const MAX_TEXT = 1024

export const uint: Encoder<number> = {
  preencode: (state, value) => c.uint.preencode(state, value),
  encode: (state, value) => c.uint.encode(state, value),
  decode(state) {
    const value = c.uint.decode(state)
    if (!Number.isSafeInteger(value)) throw new Error('Not a safe integer')
    return value
  }
}

export const hex32: Encoder<string> = {
  preencode(state) {
    state.end += 32
  },
  encode: (state, value) => c.fixed32.encode(state, b4a.from(value, 'hex')),
  decode: (state) => b4a.toString(c.fixed32.decode(state), 'hex')
}

export const text: Encoder<string> = {
  preencode: (state, value) => c.string.preencode(state, value.slice(0, MAX_TEXT)),
  encode: (state, value) => c.string.encode(state, value.slice(0, MAX_TEXT)),
  decode(state) {
    const value = c.string.decode(state)
    if (value.length > MAX_TEXT) throw new Error('Text too long')
    return value
  }
}

/** An event goes as JSON, prepared once: `preencode` and `encode` share the bytes. */
export const event: Encoder<Uint8Array, NostrEvent> = {
  preencode: (state, value) => c.buffer.preencode(state, value),
  encode: (state, value) => c.buffer.encode(state, value),
  decode(state) {
    const value: unknown = JSON.parse(b4a.toString(c.buffer.decode(state), 'utf8'))
    if (!isNostrEvent(value)) throw new Error('Not an event')
    return value
  }
}

/** Lays out `write` twice, as compact-encoding wants: to measure and to encode. */
type Field = <I>(encoder: Encoder<I, unknown>, value: I) => void

export function layout<T>(
  write: (field: Field, message: T) => void,
  decode: (state: State) => T
): Encoder<T> {
  return {
    preencode(state, message) {
      write((encoder, value) => encoder.preencode(state, value), message)
    },
    encode(state, message) {
      write((encoder, value) => encoder.encode(state, value), message)
    },
    decode
  }
}

/** JSON of an event that is being sent; kept so that it is made once for both passes. */
const prepared = new WeakMap<NostrEvent, Uint8Array>()

export function bytesOf(value: NostrEvent): Uint8Array {
  let bytes = prepared.get(value)
  if (bytes === undefined) {
    bytes = b4a.from(JSON.stringify(value))
    prepared.set(value, bytes)
  }
  return bytes
}

/**
 * `encoder`, but bytes that it cannot decode become MALFORMED instead of a throw.
 *
 * Protomux destroys the whole connection when a decoder throws, and other
 * protocols live on it; the channel must be able to close itself alone.
 */
export function guarded<T>(encoder: Encoder<T>): Encoder<T, T | typeof MALFORMED> {
  return {
    preencode: (state, message) => encoder.preencode(state, message),
    encode: (state, message) => encoder.encode(state, message),
    decode(state) {
      if (state.end - state.start > MAX_FRAME) return MALFORMED
      try {
        return encoder.decode(state)
      } catch {
        return MALFORMED // the reason does not matter: whoever sent it does not keep to the format
      }
    }
  }
}
