import type { Transfer } from '../../../protocol/rpc/generated/types.ts'
import type { FolderJob } from '../outbox/folder-job.ts'
import { plainName } from '../plain-text.ts'
import { shownName } from '../parts/shown-name.ts'
import { copy, explain } from '../strings.ts'

/** One line of the tray. Sizes in bytes, `rate` in bytes per second, `left` in seconds. */
export interface TransferRow {
  id: string
  name: string
  size: number
  done: number
  rate: number
  left: number
  moving: boolean
  phase: string
  /** By which way its bytes come, where they come from others */
  way: string | null
  /** "12 of 80 files" for one that moves many */
  items: string | null
  problem: string | null
  cancel: (() => void) | null
  retry: (() => void) | null
  /** What a line stands for when it stands for several */
  parts: TransferRow[]
}

/** What the tray needs to know of a file on its way into the group. */
interface MovingFile {
  id: string
  name: string
  size: number
  done: number
  rate: number
  phase: string
}

interface MovingMessage {
  id: string
  phase: string
  problem: string | null
  files: readonly MovingFile[]
}

export interface TransferDeeds {
  cancel(id: string): void
  retry(id: string): void
}

const words = copy.transfers
/** More fetches of one group than this are one line */
const FEW = 3

const NOTHING = {
  left: 0,
  way: null,
  items: null,
  problem: null,
  cancel: null,
  retry: null,
  parts: []
}

/** Files of a message on their way into the group; several are one line. */
export function outgoingRow(
  item: MovingMessage,
  deeds: { cancel: () => void; cancelFile: (id: string) => void; retry: () => void }
): TransferRow[] {
  // Whose bytes went with an earlier page has to be added again first
  const lacksFiles = item.files.some(({ phase }) => phase === 'gone')
  const parts = item.files
    .filter(({ phase }) => phase !== 'stored' && phase !== 'gone')
    .map((file): TransferRow => {
      const { id, size, done, rate } = file
      const cancel = () => deeds.cancelFile(id)
      const phase = item.phase === 'waiting' ? words.offline : ownPhase(file)
      const failed = file.phase === 'failed' ? (item.problem ?? words.failed) : null
      const retry = failed === null || lacksFiles ? null : deeds.retry
      const name = shownName(file.name)
      const moving = isMoving(file)
      return {
        ...NOTHING,
        id,
        name,
        size,
        done,
        rate,
        moving,
        phase,
        problem: failed,
        cancel,
        retry
      }
    })
  if (parts.length === 0 || item.files.length === 1) return parts
  const stored = item.files.filter(({ phase }) => phase === 'stored')
  const whole = batch(item.id, words.batch.store(item.files.length), parts)
  const size = item.files.reduce((sum, file) => sum + file.size, 0)
  const done = stored.reduce((sum, file) => sum + file.size, whole.done)
  const items = words.items(stored.length, item.files.length)
  const retry = whole.problem === null || lacksFiles ? null : deeds.retry
  return [{ ...whole, size, done, items, cancel: deeds.cancel, retry }]
}

function isMoving({ phase }: MovingFile): boolean {
  return phase === 'hashing' || phase === 'sending'
}

function ownPhase({ phase }: MovingFile): string {
  if (phase === 'hashing') return words.hashing
  return phase === 'sending' ? words.sending : words.queued
}

export function folderRow(job: FolderJob, deeds: TransferDeeds): TransferRow {
  const { id, name, size, moved, rate, phase, problem } = job
  const moving = phase === 'running'
  return {
    ...NOTHING,
    id,
    name: plainName(name),
    size,
    done: moved,
    rate: moving ? rate : 0,
    left: rate > 0 ? (size - moved) / rate : 0,
    moving,
    phase: moving ? words.sending : words.offline,
    items: words.items(job.done, job.items),
    problem: phase === 'failed' ? (problem ?? words.failed) : null,
    cancel: () => deeds.cancel(id),
    retry: phase === 'failed' ? () => deeds.retry(id) : null
  }
}

export function workerRow(transfer: Transfer, deeds: TransferDeeds): TransferRow {
  const { id, kind, size, received, rate, phase, problem, items } = transfer
  const moving = phase === 'running' || phase === 'checking'
  const ended = phase === 'failed' || phase === 'cancelled'
  const many = items !== null && items !== undefined && items > 0
  const running = phase === 'checking' ? words.checking : words.moving[kind]
  return {
    ...NOTHING,
    id,
    name: plainName(transfer.name ?? '') || words.jobs[kind],
    size,
    done: received,
    rate: phase === 'running' ? rate : 0,
    left: transfer.timeLeft ?? 0,
    moving,
    way: kind === 'fetch' && moving ? wayOf(transfer) : null,
    phase: moving ? running : kind === 'fetch' ? words.waiting : words.queued,
    items: many ? words.items(transfer.done ?? 0, items) : null,
    problem: ended ? (problem ? explain(problem) : words.failed) : null,
    cancel: ended ? null : () => deeds.cancel(id),
    retry: ended && transfer.retry ? () => deeds.retry(id) : null
  }
}

function wayOf({ way, sources }: Transfer): string {
  if (way !== 'lane' && way !== 'connection' && way !== 'copy') return words.way.none
  return words.way[way](sources ?? 1)
}

/** Many fetches of one group become one line, and so do many that failed; a few stay as they are. */
export function gatherFetches(
  transfers: readonly Transfer[],
  deeds: TransferDeeds,
  groupName: (relayKey: string) => string
): TransferRow[] {
  const rows: TransferRow[] = []
  const fetches = new Map<string, TransferRow[]>()
  for (const transfer of transfers) {
    const row = workerRow(transfer, deeds)
    const key = `${row.problem === null ? 'fetch' : 'failed'} ${transfer.relayKey}`
    if (transfer.kind !== 'fetch') rows.push(row)
    else fetches.set(key, [...(fetches.get(key) ?? []), row])
  }
  for (const [key, parts] of [...fetches].sort()) {
    if (parts.length <= FEW) rows.push(...parts)
    else rows.push(manyFetches(key, parts, groupName))
  }
  return rows
}

function manyFetches(
  key: string,
  parts: TransferRow[],
  groupName: (relayKey: string) => string
): TransferRow {
  const [kind, relayKey = ''] = key.split(' ')
  const name = words.batch.fetch(parts.length, plainName(groupName(relayKey)))
  const row = batch(key, name, parts)
  if (kind === 'fetch') return { ...row, cancel: () => parts.forEach((part) => part.cancel?.()) }
  const again = parts.filter(({ retry }) => retry !== null)
  const retry = again.length === 0 ? null : () => again.forEach((part) => part.retry?.())
  return { ...row, problem: words.batch.failed(row.problem ?? words.failed), retry }
}

function batch(id: string, name: string, parts: TransferRow[]): TransferRow {
  const sum = (of: (row: TransferRow) => number): number =>
    parts.reduce((all, row) => all + of(row), 0)
  const lead = parts.find(({ moving }) => moving) ?? parts[0]
  const problem = parts.find((part) => part.problem !== null)?.problem ?? null
  const [size, done, rate] = [
    sum((row) => row.size),
    sum((row) => row.done),
    sum((row) => row.rate)
  ]
  const left = rate > 0 ? (size - done) / rate : 0
  const moving = lead?.moving === true
  const phase = lead?.phase ?? words.queued
  return { ...NOTHING, id, name, size, done, rate, left, moving, phase, problem, parts }
}
