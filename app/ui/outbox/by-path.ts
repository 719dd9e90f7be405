import { HypertunaError } from '../../../protocol/errors.ts'
import { sanitizeName } from '../../../protocol/file-event.ts'
import type { Transfer } from '../../../protocol/rpc/generated/types.ts'
import type { Session } from '../session/session.ts'
import { transfersFeed } from '../state/feeds.ts'
import type { FilePhase } from './outgoing.ts'

/** What is told of a file on its way. Bytes, and bytes per second. */
export interface Change {
  phase?: FilePhase
  done?: number
  rate?: number
  hash?: string
}

export interface Watched {
  signal: AbortSignal
  change(next: Change): void
}

interface Wish {
  relayKey: string
  /** On this computer, where the worker reads it */
  path: string
  size: number
  name: string
  mime: string | null
}

/**
 * Has the worker read a file by its path: none of its bytes come through the page. How far it is
 * follows from the worker's transfers, where it is found by its name and size.
 * @returns its hash
 * @throws SOURCE_UNREADABLE, SOURCE_CHANGED, CANCELLED, STORAGE_*, CLOSED
 */
export async function storeByPath(
  session: Session,
  { size, ...wish }: Wish,
  { signal, change }: Watched
): Promise<string> {
  const feed = transfersFeed(session)
  const kept = sanitizeName(wish.name)
  const find = (): Transfer | undefined =>
    feed
      .get()
      .value.transfers.find(
        (one) =>
          one.kind === 'store' &&
          one.relayKey === wish.relayKey &&
          one.name === kept &&
          one.size === size &&
          (one.phase === 'running' || one.phase === 'waiting' || one.phase === 'checking')
      )
  const look = (): void => {
    const transfer = find()
    if (transfer) change({ done: transfer.received, rate: transfer.rate })
  }
  const cancel = (): void => {
    const transfer = find()
    if (transfer) session.call('cancelTransfer', { id: transfer.id }).catch(ended)
  }
  change({ phase: 'sending', done: 0, rate: 0 })
  const leave = feed.subscribe(look)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const { hash } = await session.call('storePath', wish)
    if (signal.aborted) throw new HypertunaError('CANCELLED', 'Cancelled')
    change({ hash })
    return hash
  } finally {
    signal.removeEventListener('abort', cancel)
    leave()
  }
}

/** What had ended by itself needs no cancelling. */
function ended(error: unknown): void {
  if (HypertunaError.from(error).code !== 'BAD_REQUEST') console.warn('Not cancelled', error)
}
