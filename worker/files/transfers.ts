/**
 * The queue of jobs that move bytes: a few at once, each can be cancelled.
 *
 * Emits `change` (transfer) when one moves on, at most ten times a second each.
 */
import AbortController from 'bare-abort-controller'
import EventEmitter from 'bare-events'
import crypto from 'hypercore-crypto'
import b4a from 'b4a'

import type { Signal } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'

export type TransferKind = 'fetch' | 'store'
export type TransferPhase = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'

export interface Transfer {
  id: string
  relayKey: string
  hash: string
  name: string | null
  kind: TransferKind
  /** Bytes of the whole file. */
  size: number
  received: number
  /** Bytes per second, over the last seconds. */
  rate: number
  phase: TransferPhase
  problem: HypertunaError | null
}

export interface TransferJob {
  relayKey: string
  hash: string
  name: string | null
  kind: TransferKind
  size: number
  /** A person waits for it: it goes before what the worker does by itself. */
  urgent?: boolean
  run(signal: Signal, onprogress: (bytes: number) => void): Promise<void>
}

interface Queued {
  transfer: Transfer
  job: TransferJob
  abort: AbortController
  settle: { resolve(): void; reject(err: HypertunaError): void }
}

const CONCURRENT = 3
/** Ended transfers that are still shown. */
const REMEMBERED = 50
const TICK = 100

export class Transfers extends EventEmitter {
  readonly #queue: Queued[] = []
  readonly #running = new Map<string, Queued>()
  readonly #ended: Transfer[] = []
  #closing = false

  /** Running, waiting and the last ended ones, in that order. */
  list(): Transfer[] {
    const running = [...this.#running.values()].map(({ transfer }) => transfer)
    return [...running, ...this.#queue.map(({ transfer }) => transfer), ...this.#ended]
  }

  /** Runs the job when its turn comes; rejects with what it threw, or CANCELLED. */
  add(job: TransferJob): Promise<void> {
    if (this.#closing) return Promise.reject(new HypertunaError('CLOSED', 'The worker is closing'))
    const { relayKey, hash, name, kind, size } = job
    const id = b4a.toString(crypto.randomBytes(8), 'hex')
    const transfer: Transfer = {
      id,
      relayKey,
      hash,
      name,
      kind,
      size,
      received: 0,
      rate: 0,
      phase: 'waiting',
      problem: null
    }
    return new Promise<void>((resolve, reject) => {
      const queued = { transfer, job, abort: new AbortController(), settle: { resolve, reject } }
      if (job.urgent === true) this.#queue.unshift(queued)
      else this.#queue.push(queued)
      this.emit('change', transfer)
      this.#next()
    })
  }

  /** @throws BAD_REQUEST when nothing of that id is under way */
  cancel(id: string): void {
    const cancelled = new HypertunaError('CANCELLED', 'The transfer was cancelled')
    const running = this.#running.get(id)
    if (running !== undefined) return running.abort.abort(cancelled)
    const index = this.#queue.findIndex(({ transfer }) => transfer.id === id)
    const waiting = this.#queue[index]
    if (waiting === undefined) {
      throw new HypertunaError('BAD_REQUEST', 'That transfer has ended already')
    }
    this.#queue.splice(index, 1)
    this.#end(waiting, cancelled)
  }

  /** Cancels everything and takes nothing more. */
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

  #next(): void {
    while (this.#running.size < CONCURRENT) {
      const queued = this.#queue.shift()
      if (queued === undefined) return
      void this.#run(queued)
    }
  }

  async #run(queued: Queued): Promise<void> {
    const { transfer, job, abort } = queued
    this.#running.set(transfer.id, queued)
    transfer.phase = 'running'
    this.emit('change', transfer)
    const progress = meter(transfer, () => this.emit('change', transfer))
    try {
      await job.run(abort.signal as unknown as Signal, progress)
      transfer.received = transfer.size
      this.#running.delete(transfer.id)
      this.#end(queued, null)
    } catch (err) {
      this.#running.delete(transfer.id)
      this.#end(queued, HypertunaError.from(err))
    }
    this.#next()
  }

  #end({ transfer, settle }: Queued, problem: HypertunaError | null): void {
    transfer.rate = 0
    transfer.problem = problem
    if (problem === null) transfer.phase = 'done'
    else transfer.phase = problem.code === 'CANCELLED' ? 'cancelled' : 'failed'
    this.#ended.unshift(transfer)
    this.#ended.length = Math.min(this.#ended.length, REMEMBERED)
    this.emit('change', transfer)
    if (problem === null) settle.resolve()
    else settle.reject(problem)
  }
}

/** Keeps received bytes and a rate that follows within a second or two. */
function meter(transfer: Transfer, tell: () => void): (bytes: number) => void {
  let told = Date.now()
  let from = 0
  return (bytes) => {
    transfer.received = bytes
    const elapsed = Date.now() - told
    if (elapsed < TICK) return
    const rate = ((bytes - from) / elapsed) * 1000
    transfer.rate = transfer.rate === 0 ? rate : transfer.rate * 0.8 + rate * 0.2
    told += elapsed
    from = bytes
    tell()
  }
}
