/**
 * Wakeup that speaks of a gated relay only to connections that were let in.
 *
 * Wakeup tells who shows a relay's key which writers moved and how far. That is
 * what an open or closed relay wants, but a removed member still has the key of a
 * private one.
 */
import b4a from 'b4a'
import type Protomux from 'protomux'
import ProtomuxWakeup from 'protomux-wakeup'
import crypto from 'hypercore-crypto'

type Topic = ProtomuxWakeup.Topic

export class GatedWakeup extends ProtomuxWakeup {
  /** By the hex id of a gated topic: whom it may be spoken of to. */
  readonly #admitted = new Map<string, WeakSet<Protomux>>()
  readonly #gated = new WeakSet<Topic>()

  /** From now on the relay's topic is for who is let in. Call it before its first session. */
  gate(relayKey: string): void {
    const id = idOf(relayKey)
    if (!this.#admitted.has(id)) this.#admitted.set(id, new WeakSet())
  }

  admit(mux: Protomux, relayKey: string): void {
    const id = idOf(relayKey)
    this.#admitted.get(id)?.add(mux)
    this.topics.get(id)?._onopen(mux, false)
  }

  /** Ends the topic's channel on this connection. */
  dismiss(mux: Protomux, relayKey: string): void {
    const id = idOf(relayKey)
    if (this.#admitted.get(id)?.delete(mux) !== true) return
    this.topics.get(id)?.peersByStream.get(mux.stream)?.channel?.close()
  }

  override session(
    capability: Uint8Array,
    handlers: ProtomuxWakeup.Handlers = {}
  ): ProtomuxWakeup.Session {
    const id = b4a.toString(handlers.discoveryKey ?? crypto.discoveryKey(capability), 'hex')
    const admitted = this.#admitted.get(id)
    if (admitted === undefined) return super.session(capability, handlers)
    const session = this.#quietSession(capability, handlers)
    this.#gateTopic(session.topic, admitted)
    return session
  }

  /** A new topic opens itself on every connection at once; a gated one must not. */
  #quietSession(capability: Uint8Array, handlers: ProtomuxWakeup.Handlers): ProtomuxWakeup.Session {
    const { muxers } = this
    this.muxers = new Set()
    try {
      return super.session(capability, handlers)
    } finally {
      this.muxers = muxers
    }
  }

  #gateTopic(topic: Topic, admitted: WeakSet<Protomux>): void {
    if (this.#gated.has(topic)) return
    this.#gated.add(topic)
    // Every channel of a topic is opened here, whoever begins.
    const open = topic._onopen.bind(topic)
    topic._onopen = (mux, unique) => {
      if (admitted.has(mux)) open(mux, unique)
    }
    for (const mux of this.muxers) topic._onopen(mux, false)
  }
}

const idOf = (relayKey: string): string =>
  b4a.toString(crypto.discoveryKey(b4a.from(relayKey, 'hex')), 'hex')
