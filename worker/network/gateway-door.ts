/**
 * Where members of a private relay answer gateways: on the relay's plain topic, which
 * is all that a gateway knows, but only those that an admin listed. A connection's
 * Noise key says who is at its other end before a word is spoken, so all others are
 * answered as if there were no such relay, and see no card and no list of members.
 */
import b4a from 'b4a'
import type Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'

import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import type { Handshake, PeerInfo } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { RelayLinkOptions } from './relay-link.ts'

export class GatewayDoor {
  readonly #options: RelayLinkOptions
  readonly #isListed: (noiseKey: string) => boolean
  readonly #channels = new Map<Hyperswarm.Connection, FileChannel>()
  readonly #undo = new Map<Hyperswarm.Connection, () => void>()
  #closed = false

  /** @param isListed whether an admin listed the gateway of this key, 64 hex */
  constructor(options: RelayLinkOptions, isListed: (noiseKey: string) => boolean) {
    this.#options = options
    this.#isListed = isListed
  }

  /** Answers a gateway on this connection, if it is one. */
  attach(connection: Hyperswarm.Connection): void {
    const mux = Protomux.from(connection)
    const undo = FileChannel.accept(mux, this.#options.topic, () => this.#openSafely(connection))
    this.#undo.set(connection, undo)
    connection.once('close', () => this.#undo.delete(connection))
  }

  /** The list may have changed: ends what is with those that are not on it. */
  recheck(): void {
    for (const [connection, channel] of this.#channels) {
      if (!this.#isListed(keyOf(connection))) void channel.close()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const undo of this.#undo.values()) undo()
    this.#undo.clear()
    await Promise.all([...this.#channels.values()].map((channel) => channel.close()))
  }

  async #openSafely(connection: Hyperswarm.Connection): Promise<void> {
    try {
      await this.#open(connection)
    } catch (err) {
      this.#options.log('channel-failed', { reason: HypertunaError.from(err).message })
    }
  }

  async #open(connection: Hyperswarm.Connection): Promise<void> {
    const noiseKey = keyOf(connection)
    if (!this.#isListed(noiseKey)) return
    const { topic, prove, respond, log } = this.#options
    const end = { handshakeHash: connection.handshakeHash, noiseKey: connection.publicKey }
    const proof = await prove(end)
    // Looked at again: the proof tells who the members are.
    if (proof === null || this.#closed || !this.#isListed(noiseKey)) return
    if (connection.destroyed || this.#channels.get(connection)?.reason === null) return
    const channel = new FileChannel(Protomux.from(connection), {
      topic,
      handshake: { version: VERSION, role: 'member', proof },
      checkPeer: (theirs) => check(theirs, noiseKey),
      respond
    })
    this.#channels.set(connection, channel)
    void channel.closed.then(() => {
      if (this.#channels.get(connection) === channel) this.#channels.delete(connection)
    })
    channel.opened.then(
      () => log('peer-online', { role: 'gateway' }),
      (err: unknown) => log('peer-refused', { reason: HypertunaError.from(err).message })
    )
    channel.open()
  }
}

const keyOf = (connection: Hyperswarm.Connection): string =>
  b4a.toString(connection.remotePublicKey, 'hex')

/** Members meet elsewhere: whoever comes by this door comes as a gateway. */
function check({ role }: Handshake, noiseKey: string): PeerInfo {
  if (role !== 'gateway') throw new HypertunaError('FORBIDDEN', 'Gateways alone are answered here')
  return { role, pubkey: null, driveKey: null, members: null, noiseKey }
}
