/** One job that moves bytes: what is told of it, and how its speed is measured. */
import type { Signal } from '../../protocol/file-channel/channel.ts'
import type { HypertunaError } from '../../protocol/errors.ts'

export type TransferKind = 'fetch' | 'store' | 'import' | 'export'
/** `checking`: every byte is here, and is being looked at and put into its place. */
export type TransferPhase = 'waiting' | 'running' | 'checking' | 'done' | 'failed' | 'cancelled'

/**
 * Bytes come straight from members, by a bulk lane to one of them at least or by the
 * connections that there are; or from copies of the drives of members who are away.
 */
export type Way = 'lane' | 'connection' | 'copy'

export interface Transfer {
  id: string
  relayKey: string
  /** Of the file; empty for a job of many, and while it is not known. */
  hash: string
  name: string | null
  kind: TransferKind
  /** Bytes of it all, as far as is known. */
  size: number
  received: number
  /** Bytes per second, over the last seconds. */
  rate: number
  phase: TransferPhase
  problem: HypertunaError | null
  /** Files of a job that moves many, and how many of them are through; null for one file. */
  items: number | null
  done: number | null
  /** Seconds until the end, as far as it can be told. */
  timeLeft: number | null
  /** It ended without success and can be begun anew. */
  retry: boolean
  /** A person asked for it. */
  asked: boolean
  /** Bytes come by a bulk lane, a TCP connection straight to a member. */
  direct: boolean
  /** By which way bytes come, or came last, and from how many; null before the first. */
  way: Way | null
  sources: number | null
}

/** Bytes so far and, of a job that moves many files, those that are through. */
export type Progress = (bytes: number, done?: number) => void

/** What a job may say of itself while it runs. */
export interface Reports {
  /** What is to be moved was found out only now, or has changed. */
  expect(facts: { size?: number; items?: number; hash?: string }): void
  /** By which way bytes come now, and from how many. */
  by(way: Way, sources: number): void
}

export interface TransferJob {
  relayKey: string
  hash: string
  name: string | null
  kind: TransferKind
  size: number
  items?: number
  /** A person waits for it: it goes before what the worker does by itself. */
  urgent?: boolean
  /** Begins it anew after it failed or was cancelled; without it that cannot be done. */
  retry?(): Promise<void>
  /** What is kept on the disk until it ended, so that it goes on after a restart. */
  plan?: TransferPlan
  run(signal: Signal, onprogress: Progress, reports: Reports): Promise<void>
}

/** Of a job that survives a restart; all of them are kept in one file. */
export type TransferPlan = Record<string, string | number | boolean | null>

/** How often a rate is measured, in ms. */
const TICK = 100

/** A transfer that has not begun. */
export function makeTransfer(id: string, job: TransferJob): Transfer {
  const { relayKey, hash, name, kind, size, items = null, urgent = false } = job
  return {
    id,
    relayKey,
    hash,
    name,
    kind,
    size,
    received: 0,
    rate: 0,
    phase: 'waiting',
    problem: null,
    items,
    done: items === null ? null : 0,
    timeLeft: null,
    retry: false,
    asked: urgent,
    direct: false,
    way: null,
    sources: null
  }
}

/** Keeps received bytes, a rate that follows within a second or two, and the time left. */
export function meter(transfer: Transfer, tell: () => void): Progress {
  let told = Date.now()
  let from = 0
  return (bytes, done) => {
    transfer.received = bytes
    if (done !== undefined) transfer.done = done
    const elapsed = Date.now() - told
    const isLast = transfer.items === null && bytes >= transfer.size && transfer.size > 0
    if (isLast && transfer.phase === 'running') transfer.phase = 'checking'
    else if (elapsed < TICK) return
    if (elapsed >= TICK) {
      // What was here before it began is no speed.
      const rate = ((bytes - from) / elapsed) * 1000
      transfer.rate = transfer.rate === 0 ? rate : transfer.rate * 0.8 + rate * 0.2
      told += elapsed
      from = bytes
    }
    const left = Math.max(0, transfer.size - bytes)
    transfer.timeLeft = transfer.rate > 0 ? Math.ceil(left / transfer.rate) : null
    tell()
  }
}
