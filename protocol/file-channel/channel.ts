/**
 * One relay's file channel on one connection: wire and bookkeeping, no I/O; frames.ts shows
 * what goes over it. A frame that breaks the rules closes this channel and never the
 * connection, which other protocols share.
 */
import type { Encoder } from 'compact-encoding'
import type Protomux from 'protomux'
import { HypertunaError, type ErrorCode } from '../errors.ts'
import { AskingChannel } from './asking-channel.ts'
import { Dialogues } from './dialogues.ts'
import { guarded, MALFORMED } from './fields.ts'
import { makeFrames } from './frames.ts'
import { LIMITS } from './limits.ts'
import type { Limits } from './limits.ts'
import { handshake, PROTOCOL, TYPE, VERSION } from './messages.ts'
import type { ErrorMessage, Handshake, Messages, Send } from './messages.ts'
import { Outflow } from './outflow.ts'
import { errorOf, left, messageOf } from './refusals.ts'
import type { FileChannelOptions, PeerInfo } from './types.ts'

export type { Limits } from './limits.ts'
export { PROTOCOL, VERSION, type Handshake } from './messages.ts'
export { ChannelSocket, MAX_MESSAGE } from './channel-socket.ts'
export type { PutRequest } from './asking.ts'
export type { Stored } from './upload.ts'
export type * from './types.ts'

type GuardedHandshake = Handshake | typeof MALFORMED

/** Emits `open` (peer), `close` (reason) and `failure` (an error of ours while answering). */
export class FileChannel extends AskingChannel {
  readonly opened: Promise<PeerInfo>
  /** Resolves when the channel is gone and everything it held is free. Never rejects. */
  readonly closed: Promise<void>
  /** Why the channel closed; null while it lives. */
  reason: HypertunaError | null = null

  readonly #mux: Protomux
  readonly #options: FileChannelOptions
  readonly #limits: Limits
  readonly #outflow: Outflow
  protected readonly dialogues: Dialogues
  protected readonly send: Send
  #channel: Protomux.Channel<GuardedHandshake> | null = null
  #clock: ReturnType<typeof setInterval> | null = null
  #openedAt = 0
  #prove!: (peer: PeerInfo) => void
  #disprove!: (err: HypertunaError) => void
  #gone!: () => void

  constructor(mux: Protomux, options: FileChannelOptions) {
    super()
    this.#mux = mux
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.opened = new Promise((resolve, reject) => {
      this.#prove = resolve
      this.#disprove = reject
    })
    // Nobody has to await it: `closed` and `reason` tell the same.
    this.opened.catch(() => {})
    this.closed = new Promise((resolve) => {
      this.#gone = resolve
    })
    this.#outflow = new Outflow(this.#limits.ahead)
    this.send = (type, message) => this.#send(type, message)
    const sides = {
      send: this.send,
      limits: this.#limits,
      outflow: this.#outflow,
      responder: options.respond,
      peer: this.opened,
      onfailure: (err: unknown) => void this.emit('failure', err)
    }
    this.dialogues = new Dialogues(sides, options.offerLane ?? null)
  }

  /**
   * Calls `notify` when the other side opens this topic's channel and we have
   * none: construct a FileChannel in it and open it, or do nothing to refuse.
   * A rejection of `notify` ends the connection. Returns the undo.
   */
  static accept(mux: Protomux, topic: Uint8Array, notify: () => void | Promise<void>): () => void {
    const name = { protocol: PROTOCOL, id: topic }
    mux.pair(name, () => (mux.opened(name) ? undefined : notify()))
    return () => mux.unpair(name)
  }

  /** Requests that are open: ours and theirs. */
  get busy(): number {
    return this.dialogues.size
  }

  /** Opens the channel; both sides may do so at once. Opening twice does nothing. */
  open(): void {
    if (this.#channel !== null || this.reason !== null) return
    this.#channel = this.#mux.createChannel<GuardedHandshake>({
      protocol: PROTOCOL,
      id: this.#options.topic,
      handshake: guarded(handshake) as Encoder<GuardedHandshake>,
      messages: makeFrames({
        dialogues: this.dialogues,
        onerror: (message) => this.#onerror(message),
        receive: (message, take) => this.#receive(message, take)
      }),
      onopen: (message) => this.#onopen(message),
      onclose: (isRemote) => {
        if (isRemote) this.#shut(left(), 'NOBODY_ONLINE')
      },
      ondrain: () => this.#outflow.drain()
    })
    if (this.#channel === null) {
      const why = 'The connection is gone, or has this channel already'
      return this.#shut(new HypertunaError('CLOSED', why), 'CLOSED')
    }
    this.#outflow.attach(this.#channel)
    this.#openedAt = Date.now()
    this.#clock = setInterval(() => this.#sweep(), Math.max(20, this.#limits.idle / 4))
    this.#channel.open(this.#options.handshake)
  }

  /** Closes our side; open requests fail with CLOSED. Closing twice is safe. */
  close(): Promise<void> {
    this.#shut(new HypertunaError('CLOSED', 'The channel was closed here'), 'CLOSED')
    return this.closed
  }

  #onopen(handshake: GuardedHandshake): void {
    if (handshake === MALFORMED) return this.#offend()
    if (handshake.version !== VERSION) {
      const why = `The other side speaks version ${handshake.version}, we speak ${VERSION}`
      return this.#refuse(new HypertunaError('UNSUPPORTED', why))
    }
    // Not returned: Protomux would destroy the connection when it rejects.
    void this.#judge(handshake)
  }

  async #judge(handshake: Handshake): Promise<void> {
    try {
      const { handshakeHash, remotePublicKey } = this.#mux.stream
      const peer = await this.#options.checkPeer(handshake, {
        handshakeHash,
        noiseKey: remotePublicKey
      })
      if (this.reason !== null) return
      this.peer = peer
    } catch (err) {
      return this.#refuse(HypertunaError.from(err, 'UNPROVEN'))
    }
    this.#prove(this.peer)
    this.emit('open', this.peer)
  }

  /** Takes a frame to who is in charge of it; `take` returns false when it breaks the rules. */
  #receive<T>(message: T | typeof MALFORMED, take: (message: T) => boolean): void {
    if (this.reason !== null) return
    try {
      if (message === MALFORMED || !take(message)) this.#offend()
    } catch (err) {
      this.emit('failure', err)
      this.#refuse(new HypertunaError('INTERNAL', 'This side failed on a frame'))
    }
  }

  #onerror(message: ErrorMessage): boolean {
    if (message.id !== 0) return this.dialogues.onerror(message)
    this.#shut(errorOf(message), 'NOBODY_ONLINE')
    return true
  }

  #send<T extends keyof Messages>(type: T, message: Messages[T]): void {
    if (this.reason === null) this.#channel?.messages[TYPE[type]]?.send(message)
  }

  #sweep(): void {
    const now = Date.now()
    if (this.peer === null && now - this.#openedAt > this.#limits.idle) {
      return this.#refuse(new HypertunaError('TIMEOUT', 'The other side did not open the channel'))
    }
    this.dialogues.sweep(now)
  }

  /** A frame broke the rules: whatever the other side says next cannot be relied on. */
  #offend(): void {
    this.#refuse(new HypertunaError('BAD_REQUEST', 'The other side broke the file protocol'))
  }

  /** Closes and tells the other side why. */
  #refuse(reason: HypertunaError): void {
    this.#send('error', messageOf(0, reason))
    this.#shut(reason, 'CLOSED')
  }

  #shut(reason: HypertunaError, code: ErrorCode): void {
    if (this.reason !== null) return
    this.reason = reason
    if (this.#clock !== null) clearInterval(this.#clock)
    this.#channel?.close()
    this.#disprove(reason)
    this.dialogues.end(new HypertunaError(code, reason.message, { cause: reason }))
    this.emit('close', reason)
    this.#gone()
  }
}
