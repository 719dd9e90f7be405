import b4a from 'b4a'
import sodium from 'sodium-universal'
import { HypertunaError } from '../errors.ts'
import { MAX_SAMPLE } from './limits.ts'
import type {
  CreditMessage,
  IdMessage,
  PiecesMessage,
  RequestMessage,
  SampleMessage
} from './messages.ts'
import { MAX_CREDIT, Responding } from './responding.ts'
import type { Asker, FileHead, FileResponder, PeerInfo } from './types.ts'

interface Answer {
  id: number
  credit: number
  /** True once nobody wants it any more. */
  stopped: boolean
  /** When it last got on, in milliseconds. */
  active: number
  /** What it waits for, and so who is to blame when it takes long. */
  turn: 'ours' | 'credit'
  bytes: AsyncIterator<Uint8Array> | null
  wake: (() => void) | null
}

/** What the other side asked of us. */
export class Serving extends Responding {
  readonly #answers = new Map<number, Answer>()

  get size(): number {
    return this.#answers.size
  }

  /** Each of these takes one frame and returns false when it breaks the rules. */
  onrequest(message: RequestMessage): boolean {
    const { id, credit, authorization } = message
    return this.#answer(id, credit, (responder, peer, answer) =>
      this.#sendFile(responder, { ...peer, authorization }, answer, message)
    )
  }

  onpieces(message: PiecesMessage): boolean {
    const { id, credit, authorization } = message
    return this.#answer(id, credit, async (responder, peer, answer) => {
      const layer = await responder.layer({ ...peer, authorization }, message.hash)
      if (answer.stopped) return
      const none = { mime: null, name: null, event: null }
      this.send('head', { id: answer.id, status: 0, size: layer.byteLength, ...none })
      await this.#sendBytes(answer, once(layer), layer.byteLength)
    })
  }

  onsample(message: SampleMessage): boolean {
    return this.#answer(message.id, 0, (responder, peer, answer) =>
      this.#sendSample(responder, peer, answer, message)
    )
  }

  oncancel(message: IdMessage): boolean {
    const answer = this.#answers.get(message.id)
    if (answer !== undefined) this.#stop(answer)
    return true
  }

  oncredit(message: CreditMessage): boolean {
    const answer = this.#answers.get(message.id)
    if (answer === undefined) return true // it ended while this was on its way
    answer.credit += message.bytes
    if (answer.credit > MAX_CREDIT) return false
    answer.active = Date.now()
    answer.wake?.()
    return true
  }

  /** Ends what has not got on for too long: a reader who pauses may do so for longer. */
  sweep(now: number): void {
    for (const answer of this.#answers.values()) {
      const patience = answer.turn === 'credit' ? this.limits.idleCredit : this.limits.idle
      if (now - answer.active < patience) continue
      this.refuse(answer.id, new HypertunaError('TIMEOUT', 'The request did not get on'))
      this.#stop(answer)
    }
  }

  stop(): void {
    for (const answer of this.#answers.values()) this.#stop(answer)
  }

  #answer(
    id: number,
    credit: number,
    send: (responder: FileResponder, peer: PeerInfo, answer: Answer) => Promise<void>
  ): boolean {
    if (id === 0 || this.#answers.has(id) || credit > MAX_CREDIT) return false
    if (this.#answers.size >= this.limits.requests) {
      return this.refuseFull(id)
    }
    const answer: Answer = {
      id,
      credit,
      stopped: false,
      active: Date.now(),
      turn: 'ours',
      bytes: null,
      wake: null
    }
    this.#answers.set(id, answer)
    void this.#run(answer, send)
    return true
  }

  async #run(
    answer: Answer,
    send: (responder: FileResponder, peer: PeerInfo, answer: Answer) => Promise<void>
  ): Promise<void> {
    try {
      const peer = await this.peer
      if (this.responder === null) {
        throw new HypertunaError('FORBIDDEN', 'A gateway serves no files to others')
      }
      if (!answer.stopped) await send(this.responder, peer, answer)
    } catch (err) {
      // After a stop the failure is only the echo of it: a closed read, a peer never proven.
      if (!answer.stopped) this.refuse(answer.id, err)
    } finally {
      this.#stop(answer)
    }
  }

  async #sendFile(
    responder: FileResponder,
    peer: Asker,
    answer: Answer,
    message: RequestMessage
  ): Promise<void> {
    const head = await responder.head(peer, message.hash)
    if (answer.stopped) return
    const length = clamp(head, message.offset, message.length)
    const event = message.event ? head.event : null
    const { size, mime, name } = head
    this.send('head', { id: answer.id, status: 0, size, mime, name, event })
    const bytes = length === 0 ? once() : responder.read(peer, message.hash, message.offset, length)
    await this.#sendBytes(answer, bytes, length)
  }

  async #sendSample(
    responder: FileResponder,
    peer: PeerInfo,
    answer: Answer,
    message: SampleMessage
  ): Promise<void> {
    const { hash, offset, length, nonce } = message
    if (length > MAX_SAMPLE || nonce.byteLength < 16 || nonce.byteLength > 64) {
      throw new HypertunaError('BAD_REQUEST', 'A sample is at most 1 MiB, its nonce 16 to 64 bytes')
    }
    responder.challenged?.(peer, { length, nonce })
    const head = await responder.head(peer, hash)
    if (answer.stopped) return
    const exact = clamp(head, offset, length)
    const parts: Uint8Array[] = []
    if (exact > 0) {
      for await (const chunk of responder.read(peer, hash, offset, exact)) {
        if (answer.stopped) return
        parts.push(chunk)
      }
    }
    const digest = b4a.alloc(32)
    sodium.crypto_generichash_batch(digest, parts, nonce)
    this.send('sampled', { id: answer.id, digest })
  }

  /** Sends exactly `length` bytes as credit and connection allow, then `end`. */
  async #sendBytes(
    answer: Answer,
    source: AsyncIterable<Uint8Array>,
    length: number
  ): Promise<void> {
    const bytes = source[Symbol.asyncIterator]()
    answer.bytes = bytes
    let left = length
    while (left > 0) {
      const next = await bytes.next()
      if (answer.stopped) return
      if (next.done === true || next.value.byteLength > left) {
        throw new HypertunaError('STORAGE', 'The file is not as long here as it should be')
      }
      left -= next.value.byteLength
      await this.#sendChunk(answer, next.value)
      if (answer.stopped) return
    }
    this.send('end', { id: answer.id })
  }

  async #sendChunk(answer: Answer, chunk: Uint8Array): Promise<void> {
    let from = 0
    while (from < chunk.byteLength) {
      if (answer.credit === 0) await this.#credit(answer)
      else if (this.outflow.full) await this.outflow.wait()
      if (answer.stopped) return
      if (answer.credit === 0 || this.outflow.full) continue
      const size = Math.min(chunk.byteLength - from, answer.credit, this.limits.frame)
      this.send('data', { id: answer.id, bytes: chunk.subarray(from, from + size) })
      this.outflow.wrote(size)
      answer.credit -= size
      answer.active = Date.now()
      from += size
    }
  }

  async #credit(answer: Answer): Promise<void> {
    answer.turn = 'credit'
    await new Promise<void>((resolve) => {
      answer.wake = resolve
    })
    answer.wake = null
    answer.turn = 'ours'
  }

  #stop(answer: Answer): void {
    if (answer.stopped) return
    answer.stopped = true
    this.#answers.delete(answer.id)
    answer.wake?.()
    this.outflow.wake()
    // Frees the read at once, even one that hangs; its own failure is of no interest now.
    answer.bytes?.return?.().catch(this.onfailure)
  }
}

/** How many bytes of the file a range means; throws BAD_REQUEST when it lies outside. */
function clamp(head: FileHead, offset: number, length: number): number {
  const rest = head.size - offset
  if (rest < 0) {
    throw new HypertunaError('BAD_REQUEST', `The file ends before byte ${offset}`)
  }
  return length < 0 ? rest : Math.min(length, rest)
}

async function* once(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
}
