import { HypertunaError } from '../errors.ts'
import { ChannelSocket, SOCKET_WINDOW } from './channel-socket.ts'
import type {
  CreditMessage,
  DataMessage,
  IdMessage,
  PutMessage,
  RemoveMessage,
  SocketMessage
} from './messages.ts'
import { cancelled, messageOf, tellable } from './refusals.ts'
import { MAX_CREDIT, Responding } from './responding.ts'
import type { FileResponder, PeerInfo, SocketOrigin } from './types.ts'
import { Taking, type Stored } from './upload.ts'

interface Job {
  /** Null for a removal. */
  taking: Taking | null
  stopped: boolean
}

/** What the other side asked of us beyond files: sockets, and files given or taken away. */
export class Answering extends Responding {
  readonly #sockets = new Map<number, ChannelSocket>()
  readonly #jobs = new Map<number, Job>()

  get size(): number {
    return this.#sockets.size + this.#jobs.size
  }

  /** Each of these takes one frame and returns false when it breaks the rules. */
  onsocket({ id, address, challenge, credit }: SocketMessage): boolean {
    if (this.#isWrong(id) || credit > MAX_CREDIT) return false
    if (this.#sockets.size >= this.limits.sockets) return this.refuseFull(id)
    const socket = new ChannelSocket(
      {
        outflow: this.outflow,
        message: (bytes) => this.send('said', { id, bytes }),
        grant: (bytes) => this.send('grant', { id, bytes }),
        leave: (reason) => this.#leave(id, reason)
      },
      credit
    )
    this.#sockets.set(id, socket)
    socket.on('close', () => this.#sockets.delete(id))
    void this.#open(id, socket, { address, challenge })
    return true
  }

  onput(message: PutMessage): boolean {
    const { id, hash, size, mime, authorization } = message
    if (this.#isWrong(id)) return false
    if (this.#jobs.size >= this.limits.requests) return this.refuseFull(id)
    const taking = new Taking(size, (bytes) => this.send('grant', { id, bytes }))
    void this.#run(id, { taking, stopped: false }, (responder, peer) => {
      if (responder.put === undefined) throw unsupported()
      return responder.put({ ...peer, authorization }, { hash, size, mime }, taking)
    })
    return true
  }

  onremove({ id, hash, authorization }: RemoveMessage): boolean {
    if (this.#isWrong(id)) return false
    if (this.#jobs.size >= this.limits.requests) return this.refuseFull(id)
    void this.#run(id, { taking: null, stopped: false }, async (responder, peer) => {
      if (responder.remove === undefined) throw unsupported()
      await responder.remove({ ...peer, authorization }, hash)
      return { fresh: false, size: 0, uploaded: 0, mime: null }
    })
    return true
  }

  onsay({ id, bytes }: DataMessage): boolean {
    const socket = this.#sockets.get(id)
    if (socket !== undefined) return socket.take(bytes)
    return this.#jobs.get(id)?.taking?.take(bytes) ?? true // it ended while this was on its way
  }

  oncredit({ id, bytes }: CreditMessage): boolean {
    return this.#sockets.get(id)?.allow(bytes) ?? true
  }

  oncancel({ id }: IdMessage): boolean {
    this.#sockets.get(id)?.end(null)
    const job = this.#jobs.get(id)
    if (job !== undefined) this.#stop(id, job, cancelled())
    return true
  }

  /** Ends what does not get on; tells the others that we are still at it. */
  sweep(now: number): void {
    for (const [id, job] of this.#jobs) {
      const { taking } = job
      if (taking?.waiting !== true) {
        this.send('grant', { id, bytes: 0 })
      } else if (now - taking.active > this.limits.idleCredit) {
        const late = new HypertunaError('TIMEOUT', 'The file did not come')
        this.send('error', messageOf(id, late))
        this.#stop(id, job, late)
      }
    }
  }

  stop(): void {
    const gone = new HypertunaError('CLOSED', 'The channel is closed')
    for (const socket of [...this.#sockets.values()]) socket.end(gone)
    for (const [id, job] of this.#jobs) this.#stop(id, job, gone)
  }

  async #open(id: number, socket: ChannelSocket, origin: SocketOrigin): Promise<void> {
    try {
      const peer = await this.peer
      if (socket.closed) return
      if (this.responder?.socket === undefined) throw unsupported()
      await this.responder.socket(peer, socket, origin)
      if (!socket.closed) this.send('grant', { id, bytes: SOCKET_WINDOW })
    } catch (err) {
      socket.close(this.told(err))
    }
  }

  #leave(id: number, reason: HypertunaError | null): void {
    if (reason === null) this.send('end', { id })
    else this.send('error', messageOf(id, tellable(reason)))
  }

  async #run(
    id: number,
    job: Job,
    work: (responder: FileResponder, peer: PeerInfo) => Promise<Stored>
  ): Promise<void> {
    this.#jobs.set(id, job)
    try {
      const peer = await this.peer
      if (this.responder === null) throw unsupported()
      if (job.stopped) return
      const stored = await work(this.responder, peer)
      if (!job.stopped) this.send('stored', { id, ...stored })
    } catch (err) {
      if (job.stopped) return // the failure is only the echo of it
      this.refuse(id, err)
    } finally {
      if (this.#jobs.get(id) === job) this.#jobs.delete(id)
    }
  }

  #stop(id: number, job: Job, reason: HypertunaError): void {
    job.stopped = true
    job.taking?.fail(reason)
    this.#jobs.delete(id)
  }

  #isWrong(id: number): boolean {
    return id === 0 || this.#sockets.has(id) || this.#jobs.has(id)
  }
}

const unsupported = (): HypertunaError =>
  new HypertunaError('FORBIDDEN', 'Nothing of the kind is answered here')
