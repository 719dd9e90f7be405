/** One relay's channels for ephemeral events, with the members that one is connected to. */
import b4a from 'b4a'
import type Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'

import { BORNE, EphemeralChannel, SENT, unitsOf } from '../../protocol/ephemeral-channel.ts'
import { Budget } from '../budget.ts'
import type { Log } from '../log.ts'

/** Who passed an event on to us. */
export interface Neighbour {
  /** What it sends is nothing that a member's worker sends: hears and is heard no more. */
  end(reason: string): void
}

export type Hear = (bytes: Uint8Array, from: Neighbour) => void

/** ms for which no channel is opened with a device that broke the rules. */
const SHUNNED = 600_000
const MAX_SHUNNED = 256

interface Carried extends Neighbour {
  channel: EphemeralChannel
  sent: Budget
  borne: Budget
}

export interface EphemeralLinkOptions {
  hear: Hear
  /** A channel was opened by both sides, or is gone. */
  onchange(): void
  log: Log
}

export class EphemeralLink {
  readonly #options: EphemeralLinkOptions
  /** The channel's id on every connection that may carry one. */
  readonly #ids = new Map<Hyperswarm.Connection, Uint8Array>()
  readonly #undo = new Map<Hyperswarm.Connection, () => void>()
  /** With proven members. */
  readonly #members = new Set<Hyperswarm.Connection>()
  readonly #channels = new Map<Hyperswarm.Connection, Carried>()
  /** Noise keys of devices that broke the rules, and since when; the oldest first. */
  readonly #shunned = new Map<string, number>()
  #closed = false

  constructor(options: EphemeralLinkOptions) {
    this.#options = options
  }

  /** Channels that both sides have opened. */
  get size(): number {
    return [...this.#channels.values()].filter(({ channel }) => channel.isHeard).length
  }

  /** Answers the channel on this connection, once the other side is proven. */
  attach(connection: Hyperswarm.Connection, id: Uint8Array): void {
    this.#ids.set(connection, id)
    const mux = Protomux.from(connection)
    this.#undo.set(
      connection,
      EphemeralChannel.accept(mux, id, () => this.#open(connection))
    )
    connection.once('close', () => {
      this.#ids.delete(connection)
      this.#undo.delete(connection)
      this.#members.delete(connection)
    })
  }

  /** The other side proved that it is a member. */
  admit(connection: Hyperswarm.Connection): void {
    if (this.#closed || !this.#ids.has(connection)) return
    this.#members.add(connection)
    this.#open(connection)
  }

  /** It is none any more. */
  dismiss(connection: Hyperswarm.Connection): void {
    this.#members.delete(connection)
    this.#channels.get(connection)?.channel.close()
  }

  /** Passes an event on, to all members that are here but the one that it came from. */
  pass(bytes: Uint8Array, from: Neighbour | null): void {
    for (const carried of this.#channels.values()) {
      if (carried === from || !carried.sent.take(unitsOf(bytes.byteLength))) continue
      carried.channel.send(bytes)
    }
  }

  close(): void {
    this.#closed = true
    for (const undo of this.#undo.values()) undo()
    for (const { channel } of [...this.#channels.values()]) channel.close()
  }

  #open(connection: Hyperswarm.Connection): void {
    if (this.#closed || connection.destroyed || this.#channels.has(connection)) return
    const id = this.#ids.get(connection)
    if (id === undefined || !this.#members.has(connection) || this.#isShunned(connection)) return
    const { hear, onchange } = this.#options
    const channel = new EphemeralChannel(Protomux.from(connection), {
      id,
      hear: (bytes) => {
        if (!carried.borne.take(unitsOf(bytes.byteLength))) carried.end('too much at once')
        else hear(bytes, carried)
      },
      onoffence: () => carried.end('broke the format'),
      onopen: onchange,
      onclose: () => {
        if (this.#channels.get(connection) === carried) this.#channels.delete(connection)
        onchange()
      }
    })
    const carried: Carried = {
      channel,
      sent: new Budget(SENT.burst, SENT.perSecond),
      borne: new Budget(BORNE.burst, BORNE.perSecond),
      end: (reason) => this.#shun(connection, reason)
    }
    if (channel.isOpen) this.#channels.set(connection, carried)
  }

  #shun(connection: Hyperswarm.Connection, reason: string): void {
    const key = keyOf(connection)
    this.#options.log('ephemeral-ended', { key, reason })
    this.#shunned.delete(key)
    const [oldest] = this.#shunned.keys()
    if (this.#shunned.size >= MAX_SHUNNED && oldest !== undefined) this.#shunned.delete(oldest)
    this.#shunned.set(key, Date.now())
    this.#channels.get(connection)?.channel.close()
  }

  #isShunned(connection: Hyperswarm.Connection): boolean {
    const since = this.#shunned.get(keyOf(connection))
    return since !== undefined && Math.abs(Date.now() - since) < SHUNNED
  }
}

const keyOf = (connection: Hyperswarm.Connection): string =>
  b4a.toString(connection.remotePublicKey, 'hex')
