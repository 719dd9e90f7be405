import { HypertunaError } from '../errors.ts'
import { ChannelSocket, SOCKET_WINDOW } from './channel-socket.ts'
import type { Limits } from './limits.ts'
import type {
  CreditMessage,
  DataMessage,
  ErrorMessage,
  IdMessage,
  Send,
  StoredMessage
} from './messages.ts'
import type { NostrEvent } from '../nostr.ts'
import type { Outflow } from './outflow.ts'
import { cancelled, errorOf } from './refusals.ts'
import { whenAborted } from './requests.ts'
import type { Signal, SocketOrigin } from './types.ts'
import { Giving, type Stored } from './upload.ts'

/** Milliseconds that the other side may take for a file that it has got. */
const STORING = 300_000

interface Opening {
  socket: ChannelSocket
  since: number
  resolve(socket: ChannelSocket): void
  reject(err: HypertunaError): void
}

export interface PutRequest {
  hash: string
  /** Bytes. */
  size: number
  mime: string | null
  /** Of the member who gives the file. Never leaves before the peer is proven. */
  authorization: NostrEvent
  /** Pulled as the other side takes it, and not before it wants the file. */
  source: AsyncIterable<Uint8Array>
  signal?: Signal
}

/** What we asked of the other side beyond files: sockets, and files that we give or take away. */
export class Asking {
  readonly #send: Send
  readonly #limits: Limits
  readonly #outflow: Outflow
  readonly #nextId: () => number
  readonly #opening = new Map<number, Opening>()
  readonly #sockets = new Map<number, ChannelSocket>()
  readonly #givings = new Map<number, Giving>()
  #failure: HypertunaError | null = null

  constructor(options: { send: Send; limits: Limits; outflow: Outflow; nextId: () => number }) {
    this.#send = options.send
    this.#limits = options.limits
    this.#outflow = options.outflow
    this.#nextId = options.nextId
  }

  get size(): number {
    return this.#givings.size + this.#opening.size + this.#sockets.size
  }

  /** See FileChannel.socket. */
  socket(origin: SocketOrigin, signal?: Signal): Promise<ChannelSocket> {
    if (this.#failure !== null) throw this.#failure
    if (this.#sockets.size + this.#opening.size >= this.#limits.sockets) {
      throw new HypertunaError('BUSY', 'Too many sockets are open here')
    }
    const id = this.#nextId()
    const socket = this.#makeSocket(id)
    return new Promise((resolve, reject) => {
      const undo = whenAborted(signal, () => socket.close(cancelled()))
      const settle = (): void => {
        undo()
        this.#opening.delete(id)
      }
      this.#opening.set(id, {
        socket,
        since: Date.now(),
        resolve: () => {
          settle()
          this.#sockets.set(id, socket)
          resolve(socket)
        },
        reject: (err) => {
          settle()
          reject(err)
        }
      })
      this.#send('socket', { id, ...origin, credit: SOCKET_WINDOW })
    })
  }

  /** See FileChannel.put. */
  async put(request: PutRequest): Promise<Stored> {
    const { source, signal, ...rest } = request
    const id = this.#refuseWhenFull()
    const giving = new Giving()
    this.#givings.set(id, giving)
    const undo = whenAborted(signal, () => giving.fail(cancelled()))
    this.#send('put', { id, ...rest })
    const { frame } = this.#limits
    const say = (bytes: Uint8Array): void => this.#send('say', { id, bytes })
    const options = { size: request.size, frame, outflow: this.#outflow, say }
    giving.send(source, options).catch((err: unknown) => giving.fail(HypertunaError.from(err)))
    return this.#answer(id, giving, undo)
  }

  /** See FileChannel.remove. */
  async remove(hash: string, authorization: NostrEvent, signal?: Signal): Promise<void> {
    const id = this.#refuseWhenFull()
    const giving = new Giving()
    this.#givings.set(id, giving)
    const undo = whenAborted(signal, () => giving.fail(cancelled()))
    this.#send('remove', { id, hash, authorization })
    await this.#answer(id, giving, undo)
  }

  /** Each of these takes one frame and returns false when it breaks the rules. */
  ongrant({ id, bytes }: CreditMessage): boolean {
    const opening = this.#opening.get(id)
    const socket = opening?.socket ?? this.#sockets.get(id)
    opening?.resolve(opening.socket)
    if (socket !== undefined) return socket.allow(bytes)
    return this.#givings.get(id)?.allow(bytes) ?? true
  }

  onsaid({ id, bytes }: DataMessage): boolean {
    return this.#sockets.get(id)?.take(bytes) ?? true
  }

  onstored({ id, fresh, size, uploaded, mime }: StoredMessage): boolean {
    this.#givings.get(id)?.succeed({ fresh, size, uploaded, mime })
    return true
  }

  onend({ id }: IdMessage): boolean {
    this.#over(id, null)
    return true
  }

  onerror(message: ErrorMessage): boolean {
    this.#over(message.id, errorOf(message))
    return true
  }

  /** Fails whatever has waited for the other side for too long. */
  sweep(now: number): void {
    const late = (): HypertunaError =>
      new HypertunaError('TIMEOUT', 'The other side sent nothing for too long')
    for (const { socket, since } of this.#opening.values()) {
      if (now - since > this.#limits.idle) socket.close(late())
    }
    for (const giving of this.#givings.values()) {
      if (giving.waiting && now - giving.active > this.#limits.idle) giving.fail(late())
      if (now - giving.active > STORING) giving.fail(late())
    }
  }

  /** Fails everything that is open, and whatever is asked from now on. */
  fail(err: HypertunaError): void {
    this.#failure = err
    for (const { socket } of this.#opening.values()) socket.end(err)
    for (const socket of this.#sockets.values()) socket.end(err)
    for (const giving of this.#givings.values()) giving.fail(err)
  }

  #over(id: number, err: HypertunaError | null): void {
    const socket = this.#opening.get(id)?.socket ?? this.#sockets.get(id)
    socket?.end(err)
    const giving = this.#givings.get(id)
    giving?.fail(err ?? new HypertunaError('CLOSED', 'The other side wants no more'))
  }

  #makeSocket(id: number): ChannelSocket {
    const socket = new ChannelSocket(
      {
        outflow: this.#outflow,
        message: (bytes) => this.#send('say', { id, bytes }),
        grant: (bytes) => this.#send('credit', { id, bytes }),
        leave: () => this.#send('cancel', { id })
      },
      0
    )
    socket.on('close', (reason) => {
      this.#sockets.delete(id)
      const ended = new HypertunaError('CLOSED', 'The other side ended the socket')
      this.#opening.get(id)?.reject(reason ?? ended)
    })
    return socket
  }

  async #answer(id: number, giving: Giving, undo: () => void): Promise<Stored> {
    let answered = false
    try {
      const stored = await giving.answered
      answered = true
      return stored
    } finally {
      undo()
      this.#givings.delete(id)
      if (!answered && this.#failure === null) this.#send('cancel', { id })
    }
  }

  #refuseWhenFull(): number {
    if (this.#failure !== null) throw this.#failure
    if (this.#givings.size >= this.#limits.requests) {
      throw new HypertunaError('BUSY', 'Too many files are on their way to this member')
    }
    return this.#nextId()
  }
}
