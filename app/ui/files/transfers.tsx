import { useEffect, useRef, useState } from 'react'
import type { Transfer } from '../../../protocol/rpc/generated/types.ts'
import { formatPercent, formatRate, formatSize } from '../format.ts'
import { whenLetGo } from '../outbox/pressed.ts'
import { Bar } from '../parts/bits.tsx'
import { Button, IconButton } from '../parts/button.tsx'
import { AgainIcon, ChevronIcon, CloseIcon } from '../parts/icons.tsx'
import { FileName } from '../parts/names.tsx'
import { useLive, Value } from '../session/store.ts'
import { useApp, useRelays, type App } from '../state/app.ts'
import { transfersFeed } from '../state/feeds.ts'
import { copy } from '../strings.ts'
import { folderRow, gatherFetches, outgoingRow, type TransferRow } from './transfer-rows.ts'

/** Rows in the tray; hundreds may wait, and a list of them tells nobody anything */
const MOST_ROWS = 40
/** What is nearly there has no time worth telling, in seconds */
const SOON = 5
/** How long something is on its way before the tray takes its room, in ms */
const BEGINS = 600
/** How long the tray keeps it when nothing is, in ms */
const STAYS = 1500

/** So long nothing is on its way before it is said that everything is done, in ms */
const DONE = 4000

const words = copy.transfers
const NONE: ReadonlySet<string> = new Set()
/** Failures that were read and put away; of this page alone */
const away = new Value<ReadonlySet<string>>(NONE)

/** Everything that is on its way, in or out. Gone when nothing is. */
export function Transfers() {
  const { rows, toCome } = useRows()
  const count = rows.reduce((sum, { parts }) => sum + Math.max(1, parts.length), 0)
  const failed = rows.filter(({ problem }) => problem !== null).length
  const open = useRoom(rows.length > 0, failed > 0)
  return (
    <>
      <span className='hidden-text' role='status'>
        <Told count={count} failed={failed} />
      </span>
      {open && (
        <aside className='transfers' aria-label={words.title}>
          <h2>
            {words.title} {count > 0 && <span className='count'>{count}</span>}
          </h2>
          {count === 0 && <p className='muted'>{words.nothing}</p>}
          <ul>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <TransferLine key={row.id} row={row} />
            ))}
          </ul>
          {rows.length > MOST_ROWS && (
            <p className='muted'>{words.more(rows.length - MOST_ROWS)}</p>
          )}
          {toCome > 0 && <p className='muted'>{words.toCome(toCome)}</p>}
        </aside>
      )}
    </>
  )
}

/**
 * Whether the tray takes its room. What is over in a moment would make everything jump aside and
 * back; and nothing moves away from under what is being pressed.
 */
function useRoom(some: boolean, failed: boolean): boolean {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (some === open) return
    let stop = (): void => {}
    const change = (): void => {
      stop = whenLetGo(() => setOpen(some))
    }
    const timer = setTimeout(change, some ? (failed ? 0 : BEGINS) : STAYS)
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [some, open, failed])
  return open
}

function useRows(): { rows: TransferRow[]; toCome: number } {
  const app = useApp()
  const { transfers, toCome } = useLive(transfersFeed(app.session)).value
  const items = useLive(app.outbox.items)
  const jobs = useLive(app.intake.jobs)
  const put = useLive(away)
  const relays = useRelays().value
  const outgoing = items.flatMap((item) =>
    outgoingRow(item, {
      cancel: () => app.outbox.cancel(item.id),
      cancelFile: (id) => app.outbox.cancelFile(item.id, id),
      retry: () => app.outbox.retry(item.id)
    })
  )
  const { intake } = app
  const deeds = {
    cancel: (id: string) => intake.cancel(id),
    retry: (id: string) => intake.retry(id)
  }
  const folders = jobs.map((job) => folderRow(job, deeds))
  // What this page sends is in its own lines already
  const sent = items.flatMap(({ files }) => files)
  const ownHashes = new Set(sent.map(({ hash }) => hash))
  // What the worker reads by its path has no hash yet
  const ownNames = new Set(sent.map(({ size, name }) => `${size} ${name}`))
  const own = ({ kind, hash, size, name }: Transfer) =>
    kind === 'store' &&
    (jobs.length > 0 || (hash === '' ? ownNames.has(`${size} ${name}`) : ownHashes.has(hash)))
  const others = transfers.filter((transfer) => {
    const { id, phase } = transfer
    return phase !== 'done' && phase !== 'cancelled' && !put.has(id) && !own(transfer)
  })
  const nameOf = (relayKey: string) =>
    relays.find((relay) => relay.relayKey === relayKey)?.name ?? ''
  const gathered = gatherFetches(others, workerDeeds(app), nameOf).map(withAway)
  const rows = [...outgoing, ...folders, ...gathered]
  return { rows: rows.sort((a, b) => rank(b) - rank(a)), toCome }
}

const rank = ({ moving, problem }: TransferRow): number => (problem !== null ? 2 : Number(moving))

function workerDeeds(app: App) {
  return {
    cancel: (id: string) => app.attempt(() => app.session.call('cancelTransfer', { id })),
    retry: (id: string) =>
      app.attempt(async () => {
        await app.session.call('retryTransfer', { id })
        away.set(new Set([...away.get(), id]))
      })
  }
}

/** What has ended cannot be cancelled; it can be put away, many at once. */
function withAway(row: TransferRow): TransferRow {
  if (row.problem === null || row.cancel !== null) return row
  const ids = row.parts.length === 0 ? [row.id] : row.parts.map(({ id }) => id)
  const cancel = () => away.set(new Set([...away.get(), ...ids]))
  return { ...row, parts: row.parts.map(withAway), cancel }
}

/** Says when everything is done, and when something failed; progress is there to be looked at. */
function Told({ count, failed }: { count: number; failed: number }) {
  const before = useRef({ count, failed })
  const busy = useRef(false)
  const [told, setTold] = useState('')
  useEffect(() => {
    const last = before.current
    before.current = { count, failed }
    if (count > last.count) setTold('')
    if (failed > last.failed) setTold(words.someFailed(failed))
    if (count > 0) busy.current = true
    if (count > 0 || !busy.current) return
    // Of many that come one by one there are moments without any
    const timer = setTimeout(() => {
      busy.current = false
      setTold(words.allDone)
    }, DONE)
    return () => clearTimeout(timer)
  }, [count, failed])
  return told
}

function TransferLine({ row, part = false }: { row: TransferRow; part?: boolean }) {
  const [open, setOpen] = useState(false)
  const { name, parts, moving, problem, cancel, retry } = row
  const ended = problem !== null
  const below = row.items ?? row.way
  return (
    <li className={part ? 'transfer part' : 'transfer'}>
      <span className='transfer-name'>
        {parts.length > 0 && (
          <Button
            kind='quiet'
            aria-expanded={open}
            aria-label={open ? words.close(name) : words.open(name)}
            onPress={() => setOpen(!open)}
          >
            <ChevronIcon size={16} />
          </Button>
        )}
        <FileName name={name} />
      </span>
      <span className='transfer-deeds'>
        {retry && (
          <IconButton label={words.retry(name)} hint={words.again} onPress={retry}>
            <AgainIcon size={16} />
          </IconButton>
        )}
        {cancel && (
          <IconButton
            label={ended ? words.dismiss(name) : words.cancel(name)}
            hint={ended ? copy.dialog.close : copy.dialog.cancel}
            onPress={cancel}
          >
            <CloseIcon size={16} />
          </IconButton>
        )}
      </span>
      {moving && row.size > 0 && (
        <Bar label={words.progress(name)} done={row.done} whole={row.size} />
      )}
      {problem === null ? (
        <span className='transfer-facts'>
          <span>{progress(row)}</span>
          <span>{pace(row)}</span>
        </span>
      ) : (
        <span className='transfer-problem'>{problem}</span>
      )}
      {problem === null && below !== null && <span className='transfer-way'>{below}</span>}
      {open && (
        <ul className='transfer-parts'>
          {parts.slice(0, MOST_ROWS).map((one) => (
            <TransferLine key={one.id} row={one} part />
          ))}
        </ul>
      )}
    </li>
  )
}

/** A job that has not found out yet how much there is to do reads. */
function progress({ moving, phase, done, size }: TransferRow): string {
  if (moving && size === 0) return words.hashing
  return moving ? `${phase} ${formatPercent(done, size)}` : phase
}

/** How fast, how long still, or how much there is. */
function pace({ rate, left, size }: TransferRow): string {
  const facts: string[] = []
  if (rate > 0) facts.push(formatRate(rate))
  if (rate > 0 && left > SOON) facts.push(words.left(left))
  if (facts.length === 0 && size > 0) facts.push(formatSize(size))
  return facts.join(' · ')
}
