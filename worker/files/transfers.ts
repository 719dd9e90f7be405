/**
 * The one queue of jobs that move bytes: a few at once, each can be cancelled and, when
 * it failed, begun anew.
 *
 * What people ask for is added and waits in the queue. What the worker does by itself
 * is asked of sources when a place is free, so that a hundred thousand missing files
 * are not a hundred thousand jobs.
 *
 * Emits `change` (transfer) when one moves on, at most ten times a second each, and
 * `removed` (id) when one is shown no longer.
 */
import AbortController from 'bare-abort-controller'
import EventEmitter from 'bare-events'
import crypto from 'hypercore-crypto'
import b4a from 'b4a'

import type { Signal } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { isBefore } from './fetch-order.ts'
import type { Rank } from './fetch-order.ts'
import { makeTransfer, meter } from './transfer.ts'
import type { Transfer, TransferJob, TransferKind, Way } from './transfer.ts'

export type {
  Progress,
  Reports,
  Transfer,
  TransferJob,
  TransferKind,
  TransferPhase,
  TransferPlan
} from './transfer.ts'

/** Who has jobs of the worker's own. */
export interface JobSource {
  /** The best job that could begin now, and what it is worth; null when there is none. */
  offer(): Offer | null
  /** How many more there are. */
  readonly waiting: number
}

export interface Offer {
  /** Compared with other sources'. */
  rank: Rank
  /** Called when it was chosen: from here on it is the queue's. */
  take(): TransferJob
}

/** Where jobs with a plan are kept until they ended. */
export interface Journal {
  keep(id: string, job: TransferJob): void
  forget(id: string): void
}

interface Queued {
  transfer: Transfer
  job: TransferJob
  abort: AbortController
  settle: { resolve(): void; reject(err: HypertunaError): void }
  /** Why it was stopped, when that was nobody's wish. */
  reason?: HypertunaError | undefined
}

/** Jobs of each kind that run at once. Small fetches count less: their cost is the way, not the bytes. */
const CONCURRENT: Record<TransferKind, number> = { fetch: 3, store: 3, import: 2, export: 2 }
const SMALL = 1024 * 1024
const SMALL_WEIGHT = 1 / 16
/** Ended transfers that are still shown. */
const REMEMBERED = 50

export class Transfers extends EventEmitter {
  readonly #queue: Queued[] = []
  readonly #running = new Map<string, Queued>()
  readonly #ended: Queued[] = []
  readonly #sources = new Set<JobSource>()
  readonly #limits = { ...CONCURRENT }
  readonly #busy: Record<TransferKind, number> = { fetch: 0, store: 0, import: 0, export: 0 }
  readonly #journal: Journal | null
  #closing = false

  constructor(journal: Journal | null = null) {
    super()
    this.#journal = journal
  }

  /** Running, waiting and the last ended ones, in that order. */
  list(): Transfer[] {
    const all = [...this.#running.values(), ...this.#queue, ...this.#ended]
    return all.map(({ transfer }) => transfer)
  }

  /** Files that are to be fetched and have no transfer yet. */
  get waiting(): number {
    let waiting = 0
    for (const source of this.#sources) waiting += source.waiting
    return waiting
  }

  /** How many large files are fetched at once from now on. */
  set concurrent(count: number | null) {
    this.#limits.fetch = count ?? CONCURRENT.fetch
    this.wake()
  }

  /** Asks this source too whenever a place is free. Returns the undo. */
  addSource(source: JobSource): () => void {
    this.#sources.add(source)
    this.wake()
    return () => this.#sources.delete(source)
  }

  /** A source may have something to do now. */
  wake(): void {
    this.#next()
  }

  /** Runs the job when its turn comes; rejects with what it threw, or CANCELLED. */
  add(job: TransferJob): Promise<void> {
    if (this.#closing) return Promise.reject(new HypertunaError('CLOSED', 'The worker is closing'))
    const ended = new Promise<void>((resolve, reject) => {
      const queued = this.#make(job, { resolve, reject })
      if (job.urgent === true) this.#queue.unshift(queued)
      else this.#queue.push(queued)
      this.emit('change', queued.transfer)
    })
    this.#next()
    return ended
  }

  /**
   * @param reason what the transfer then fails with; CANCELLED when a person wants it so
   * @throws BAD_REQUEST when nothing of that id is under way
   */
  cancel(id: string, reason?: HypertunaError): void {
    const cancelled = reason ?? new HypertunaError('CANCELLED', 'The transfer was cancelled')
    const running = this.#running.get(id)
    if (running !== undefined) {
      running.reason = reason
      return running.abort.abort(cancelled)
    }
    const index = this.#queue.findIndex(({ transfer }) => transfer.id === id)
    const waiting = this.#queue[index]
    if (waiting === undefined) {
      throw new HypertunaError('BAD_REQUEST', 'That transfer has ended already')
    }
    this.#queue.splice(index, 1)
    this.#end(waiting, cancelled)
  }

  /**
   * Begins anew what failed or was cancelled; it is a transfer of its own then.
   * @throws BAD_REQUEST when that cannot be done, and what beginning it throws
   */
  async retry(id: string): Promise<void> {
    const index = this.#ended.findIndex(({ transfer }) => transfer.id === id)
    const { job, transfer } = this.#ended[index] ?? {}
    if (job?.retry === undefined || transfer?.retry !== true) {
      throw new HypertunaError('BAD_REQUEST', 'That transfer cannot be begun anew')
    }
    this.#ended.splice(index, 1)
    this.emit('removed', id)
    await job.retry()
  }

  /** Cancels everything and takes nothing more. What has a plan goes on after a restart. */
  async close(): Promise<void> {
    this.#closing = true
    const closed = new HypertunaError('CLOSED', 'The worker is closing')
    for (const waiting of this.#queue.splice(0)) this.#end(waiting, closed)
    const running = [...this.#running.values()]
    const ended = running.map(
      ({ transfer }) =>
        new Promise<void>((resolve) => {
          const look = (changed: unknown): void => {
            if (changed !== transfer || this.#running.has(transfer.id)) return
            this.off('change', look)
            resolve()
          }
          this.on('change', look)
        })
    )
    for (const { abort } of running) abort.abort(closed)
    await Promise.all(ended)
  }

  #make(job: TransferJob, settle: Queued['settle']): Queued {
    const id = b4a.toString(crypto.randomBytes(8), 'hex')
    if (job.plan !== undefined) this.#journal?.keep(id, job)
    return { transfer: makeTransfer(id, job), job, abort: new AbortController(), settle }
  }

  #next(): void {
    if (this.#closing) return
    for (let i = 0; i < this.#queue.length;) {
      const queued = this.#queue[i]!
      if (!this.#fits(queued.job)) i++
      else {
        this.#queue.splice(i, 1)
        void this.#run(queued)
      }
    }
    while (this.#busy.fetch < this.#limits.fetch) {
      const job = this.#ask()
      if (job === null) return
      // Whoever offered it hears of its end in its own `run`.
      void this.#run(this.#make(job, { resolve() {}, reject() {} }))
    }
  }

  #fits({ kind }: TransferJob): boolean {
    return this.#busy[kind] < this.#limits[kind]
  }

  /** The best job of all sources. */
  #ask(): TransferJob | null {
    let best: Offer | null = null
    for (const source of this.#sources) {
      const offer = source.offer()
      if (offer !== null && (best === null || isBefore(offer.rank, best.rank))) best = offer
    }
    return best?.take() ?? null
  }

  async #run(queued: Queued): Promise<void> {
    const { transfer, job, abort } = queued
    const weight = job.kind === 'fetch' && job.size <= SMALL ? SMALL_WEIGHT : 1
    this.#busy[job.kind] += weight
    this.#running.set(transfer.id, queued)
    transfer.phase = 'running'
    const tell = (): void => void this.emit('change', transfer)
    tell()
    const expect = (facts: Partial<Pick<Transfer, 'size' | 'items' | 'hash'>>): void => {
      Object.assign(transfer, facts)
      tell()
    }
    const by = (way: Way, sources: number): void => {
      const isSame = transfer.way === way && transfer.sources === sources
      Object.assign(transfer, { direct: way === 'lane', way, sources })
      if (!isSame) tell()
    }
    let problem: HypertunaError | null = null
    try {
      await job.run(abort.signal as unknown as Signal, meter(transfer, tell), { expect, by })
      transfer.received = transfer.size
      transfer.done = transfer.items
    } catch (err) {
      problem = queued.reason ?? HypertunaError.from(err)
    }
    this.#busy[job.kind] -= weight
    this.#running.delete(transfer.id)
    this.#end(queued, problem)
    this.#next()
  }

  #end(queued: Queued, problem: HypertunaError | null): void {
    const { transfer, settle, job } = queued
    transfer.rate = 0
    transfer.timeLeft = null
    transfer.problem = problem
    if (problem === null) transfer.phase = 'done'
    else transfer.phase = problem.code === 'CANCELLED' ? 'cancelled' : 'failed'
    transfer.retry = problem !== null && job.retry !== undefined
    if (job.plan !== undefined && !this.#closing) this.#journal?.forget(transfer.id)
    this.#ended.unshift(queued)
    this.emit('change', transfer)
    for (const { transfer: old } of this.#ended.splice(REMEMBERED)) this.emit('removed', old.id)
    if (problem === null) settle.resolve()
    else settle.reject(problem)
  }
}
