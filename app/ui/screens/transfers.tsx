import type { Transfer } from '../../../protocol/rpc/generated/types.ts'
import { formatPercent, formatRate, formatSize } from '../format.ts'
import type { Outgoing, OutgoingFile } from '../outbox/outgoing.ts'
import { Bar } from '../parts/bits.tsx'
import { IconButton } from '../parts/button.tsx'
import { CloseIcon } from '../parts/icons.tsx'
import { FileName, shownName } from '../parts/names.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { transfersFeed } from '../state/feeds.ts'
import { copy, explain } from '../strings.ts'

/** Rows in the tray; hundreds may wait, and a list of them tells nobody anything */
const MOST_ROWS = 40

interface TransferRow {
  id: string
  name: string | null | undefined
  size: number
  done: number
  rate: number
  moving: boolean
  phase: string
  problem: string | null
  cancel: () => void
}

/** Everything that is on its way, in or out. Gone when nothing is. */
export function Transfers() {
  const app = useApp()
  const { value: transfers } = useLive(transfersFeed(app.session))
  const items = useLive(app.outbox.items)
  const own = items.flatMap((item) => ownRows(item, (id) => app.outbox.cancelFile(item.id, id)))
  const ownHashes = new Set(items.flatMap(({ files }) => files.map(({ hash }) => hash)))
  const others = transfers
    .filter(({ kind, hash, phase }) => {
      if (phase === 'done' || phase === 'cancelled') return false
      return kind === 'fetch' || !ownHashes.has(hash)
    })
    .map((transfer) =>
      workerRow(transfer, () =>
        app.attempt(() => app.session.call('cancelTransfer', { id: transfer.id }))
      )
    )
  const rows = [...own, ...others].sort((a, b) => Number(b.moving) - Number(a.moving))
  if (rows.length === 0) return null
  return (
    <aside className='transfers' aria-label={copy.transfers.title}>
      <h2>
        {copy.transfers.title} <span className='count'>{rows.length}</span>
      </h2>
      <ul>
        {rows.slice(0, MOST_ROWS).map((row) => (
          <TransferLine key={row.id} row={row} />
        ))}
      </ul>
      {rows.length > MOST_ROWS && (
        <p className='muted'>{copy.transfers.more(rows.length - MOST_ROWS)}</p>
      )}
    </aside>
  )
}

function TransferLine({ row }: { row: TransferRow }) {
  const name = shownName(row.name)
  const left = row.rate > 0 ? (row.size - row.done) / row.rate : 0
  return (
    <li className='transfer'>
      <span className='transfer-name'>
        <FileName name={row.name} />
      </span>
      <IconButton
        label={copy.transfers.cancel(name)}
        hint={copy.dialog.cancel}
        onPress={row.cancel}
      >
        <CloseIcon size={16} />
      </IconButton>
      {row.moving && <Bar label={copy.transfers.progress(name)} done={row.done} whole={row.size} />}
      {row.problem === null ? (
        <span className='transfer-facts'>
          <span>
            {row.moving ? `${row.phase} ${formatPercent(row.done, row.size)}` : row.phase}
          </span>
          <span>
            {row.rate > 0
              ? `${formatRate(row.rate)}${left >= 60 ? ` · ${copy.transfers.left(left)}` : ''}`
              : formatSize(row.size)}
          </span>
        </span>
      ) : (
        <span className='transfer-problem'>{row.problem}</span>
      )}
    </li>
  )
}

function ownRows(item: Outgoing, cancel: (fileId: string) => void): TransferRow[] {
  const waiting = item.phase === 'waiting'
  return item.files
    .filter((file) => file.phase !== 'stored' && file.phase !== 'gone')
    .map((file) => ({
      id: file.id,
      name: file.name,
      size: file.size,
      done: file.done,
      rate: file.rate,
      moving: file.phase === 'hashing' || file.phase === 'sending',
      phase: waiting ? copy.transfers.offline : ownPhase(file),
      problem: file.phase === 'failed' ? item.problem : null,
      cancel: () => cancel(file.id)
    }))
}

function ownPhase(file: OutgoingFile): string {
  if (file.phase === 'hashing') return copy.transfers.hashing
  return file.phase === 'sending' ? copy.transfers.sending : copy.transfers.queued
}

function runningWord({ kind, phase }: Transfer): string {
  if (phase === 'checking') return copy.transfers.checking
  return copy.transfers.moving[kind]
}

function workerRow(transfer: Transfer, cancel: () => void): TransferRow {
  const { id, name, size, received, rate, phase, problem } = transfer
  const running = runningWord(transfer)
  const moving = phase === 'running' || phase === 'checking'
  const failed = phase === 'failed' ? (problem ? explain(problem) : copy.transfers.failed) : null
  return {
    id,
    name,
    size,
    done: received,
    rate: phase === 'running' ? rate : 0,
    moving,
    phase: moving ? running : copy.transfers.waiting,
    problem: failed,
    cancel
  }
}
