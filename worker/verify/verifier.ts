/**
 * Checks events ahead of the policy, under load on a second thread.
 *
 * A signature takes a third of the time that an event costs altogether, and it is
 * the one part that needs nothing but the event. What held is remembered (nostr.ts),
 * so that the policy, which asks about each event twice, has its answer at once.
 */
import EventEmitter from 'bare-events'
import type Worker from 'bare-worker'

import { claimOf, isNostrEvent, isRemembered, remember } from '../../protocol/nostr.ts'
import { CLAIM_BYTES, verifyHash } from '../../protocol/schnorr.ts'
import { hasThreads, threads } from '../threads.ts'

/** So many events at once are a load: fewer are checked before a thread would be awake. */
const LOAD = 8
/** Of one message to the thread, so that the first of many need not wait for the last. */
const BATCH = 16
/**
 * Batches that the thread has at once: while many events are appended its answers are not
 * heard for up to 40 ms, and two batches are 9 ms of work.
 */
const SENT = 8
/**
 * ms that a few events wait for more: a message to the thread and its answer cost as much
 * time here as checking one event does.
 */
const GATHER = 4
/** ms without a load after which the thread and its memory are given back. */
const IDLE = 60_000

interface Asked {
  claim: Uint8Array
  done: (holds: boolean) => void
}

/** Emits `awake` when the thread takes over. */
export class Verifier extends EventEmitter {
  #gathered: Asked[] = []
  /** For the thread, in their order. */
  #queue: Asked[] = []
  #gathering: ReturnType<typeof setTimeout> | null = null
  /** Sent to the thread, in the order in which it answers. */
  #sent: Asked[][] = []
  #thread: Worker | null = null
  /** Null until it is needed, and for good where there are no threads. */
  #Thread: typeof Worker | null = null
  #loading = false
  #ready = false
  #idle: ReturnType<typeof setTimeout> | null = null

  /** Whether an event is what its author signed: shape, size, id and signature. */
  check(event: unknown): Promise<boolean> {
    if (!isNostrEvent(event)) return Promise.resolve(false)
    const claim = claimOf(event)
    if (claim === null) return Promise.resolve(false)
    if (isRemembered(claim)) return Promise.resolve(true)
    return new Promise((done) => {
      // What came in one read of the socket is gathered before microtasks have their turn.
      if (this.#gathered.push({ claim, done }) === 1) queueMicrotask(() => this.#flush())
    })
  }

  /** Ends the thread; what waits is checked here, and so is what comes later until a load. */
  async close(): Promise<void> {
    const thread = this.#thread
    this.#lose()
    await thread?.terminate()
  }

  #flush(): void {
    const gathered = this.#gathered
    this.#gathered = []
    if (gathered.length >= LOAD) this.#wake()
    if (!this.#ready) return checkHere(gathered)
    this.#queue.push(...gathered)
    if (this.#queue.length >= LOAD) this.#pump()
    else this.#gathering ??= setTimeout(() => this.#pump(), GATHER)
  }

  #pump(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    this.#gathering = null
    while (this.#queue.length > 0 && this.#sent.length < SENT) {
      this.#send(this.#queue.splice(0, BATCH))
    }
  }

  #send(batch: Asked[]): void {
    const claims = new Uint8Array(batch.length * CLAIM_BYTES)
    for (const [i, { claim }] of batch.entries()) claims.set(claim, i * CLAIM_BYTES)
    this.#sent.push(batch)
    this.#thread?.postMessage(claims)
  }

  /** Starts the thread, or keeps it; until it is ready the work is done here. */
  #wake(): void {
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), IDLE)
    this.#idle.unref?.()
    if (this.#thread !== null) return
    if (this.#Thread === null) return void this.#load()
    const thread = new this.#Thread(new URL('./thread.js', import.meta.url))
    this.#thread = thread
    thread.unref()
    // What one says that was given up answers nothing that the next one is asked.
    const isOurs = (): boolean => this.#thread === thread
    thread.on('message', (message) => {
      if (isOurs()) this.#hear(message as 'ready' | Uint8Array)
    })
    thread.on('error', () => isOurs() && this.#lose())
    thread.on('exit', () => isOurs() && this.#lose())
  }

  async #load(): Promise<void> {
    if (this.#loading || !hasThreads()) return
    this.#loading = true
    this.#Thread = await threads()
    this.#wake()
  }

  #hear(message: 'ready' | Uint8Array): void {
    if (message === 'ready') {
      this.#ready = true
      this.emit('awake')
      return
    }
    for (const [i, { claim, done }] of (this.#sent.shift() ?? []).entries()) {
      const holds = message[i] === 1
      if (holds) remember(claim)
      done(holds)
    }
    this.#pump()
  }

  /** Without its answers: what it was asked is checked here. */
  #lose(): void {
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#idle = null
    this.#thread = null
    this.#ready = false
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    this.#gathering = null
    const left = [...this.#sent, this.#queue]
    this.#sent = []
    this.#queue = []
    for (const batch of left) checkHere(batch)
  }
}

/** One for the whole process: its relays share the thread. */
export const verifier = new Verifier()

function checkHere(batch: Asked[]): void {
  for (const { claim, done } of batch) {
    const holds = verifyHash(claim.subarray(0, 32), claim.subarray(64), claim.subarray(32, 64))
    if (holds) remember(claim)
    done(holds)
  }
}
