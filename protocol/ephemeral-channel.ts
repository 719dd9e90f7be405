/**
 * Ephemeral events among the members of a relay, on one connection: a Protomux channel
 * beside the file channel, with the id that the relay's file channel has there. Who opens
 * it has seen the other side's proof on that channel; without one an opening is answered
 * as by a program that knows no such channel.
 *
 * An event goes as JSON, as NIP-01 has it. It is not answered, and may be left out at any
 * time. Bytes that do not decode close this channel and never the connection.
 */
import c from 'compact-encoding'
import type { Encoder } from 'compact-encoding'
import type Protomux from 'protomux'

import { guarded, layout, MALFORMED, uint } from './file-channel/fields.ts'
import { Outflow } from './file-channel/outflow.ts'
import { MAX_EVENT_BYTES } from './nostr.ts'

export const PROTOCOL = 'hypertuna/ephemeral/1'
/** Of what is said under that name; others are not understood. */
export const VERSION = 1

/** Bytes that go out beyond what the connection takes at once; what comes then is left out. */
const AHEAD = 64 * 1024
const UNIT = 1024

/**
 * What may go over a channel in one direction, in units of {@link unitsOf}: so many at
 * once and so many a second. A receiver bears with as much as gathers while a connection
 * stalls, and ends the channel beyond that.
 */
export const SENT = { burst: 1024, perSecond: 256 } as const
export const BORNE = { burst: 4096, perSecond: 512 } as const

/** What an event of so many bytes counts: one for each KiB that it begins. */
export const unitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / UNIT))

interface Opening {
  version: number
}

const opening = layout<Opening>(
  (field, { version }) => field(uint, version),
  (state) => ({ version: uint.decode(state) })
)

const eventBytes: Encoder<Uint8Array> = {
  preencode: (state, bytes) => c.buffer.preencode(state, bytes),
  encode: (state, bytes) => c.buffer.encode(state, bytes),
  decode(state) {
    const bytes = c.buffer.decode(state)
    if (bytes.byteLength > MAX_EVENT_BYTES) throw new Error('Larger than any event')
    return bytes
  }
}

export interface EphemeralChannelOptions {
  /** That of the relay's file channel on this connection. */
  id: Uint8Array
  /** JSON of an event, as far as anybody knows. Its bytes are good for this call alone. */
  hear(bytes: Uint8Array): void
  /** The other side broke the format. */
  onoffence(): void
  /** The other side has opened it too. */
  onopen(): void
  onclose(): void
}

type Guarded<T> = T | typeof MALFORMED

export class EphemeralChannel {
  readonly #channel: Protomux.Channel<Guarded<Opening>> | null
  readonly #outflow = new Outflow(AHEAD)
  #isHeard = false

  /** Opens it, or joins what the other side opened; closed at once where that cannot be. */
  constructor(mux: Protomux, options: EphemeralChannelOptions) {
    const { id, hear, onoffence, onopen, onclose } = options
    this.#channel = mux.createChannel<Guarded<Opening>>({
      protocol: PROTOCOL,
      id,
      handshake: guarded(opening) as Encoder<Guarded<Opening>>,
      messages: [
        {
          encoding: guarded(eventBytes) as Encoder<Guarded<Uint8Array>>,
          onmessage: (bytes: Guarded<Uint8Array>) => {
            if (bytes === MALFORMED) onoffence()
            else hear(bytes)
          }
        }
      ],
      onopen: (theirs) => {
        if (theirs === MALFORMED || theirs.version !== VERSION) return onoffence()
        this.#isHeard = true
        onopen()
      },
      onclose,
      ondrain: () => this.#outflow.drain()
    })
    if (this.#channel === null) return
    this.#outflow.attach(this.#channel)
    this.#channel.open({ version: VERSION })
  }

  /** Whether there is a channel: the connection may be gone. */
  get isOpen(): boolean {
    return this.#channel !== null && !this.#channel.closed
  }

  /** Whether the other side has it open, too. */
  get isHeard(): boolean {
    return this.isOpen && this.#isHeard
  }

  /**
   * Calls `notify` when the other side opens the channel and we have none: construct one in
   * it, or do nothing to refuse. Returns the undo.
   */
  static accept(mux: Protomux, id: Uint8Array, notify: () => void): () => void {
    const name = { protocol: PROTOCOL, id }
    mux.pair(name, () => (mux.opened(name) ? undefined : notify()))
    return () => mux.unpair(name)
  }

  /** @returns false when the connection does not keep up, and the event was left out */
  send(bytes: Uint8Array): boolean {
    if (!this.isOpen || this.#outflow.full) return false
    this.#channel?.messages[0]?.send(bytes)
    this.#outflow.wrote(bytes.byteLength)
    return true
  }

  close(): void {
    this.#channel?.close()
  }
}
