/** The queue of what moves bytes. */
import test from 'brittle'
import { HypertunaError } from '../../protocol/errors.ts'
import { Transfers } from '../../worker/files/transfers.ts'
import type { Offer, Progress, Transfer, TransferJob } from '../../worker/files/transfers.ts'

const RELAY = 'a'.repeat(64)
const MB = 1024 * 1024

interface Scripted extends TransferJob {
  begun: Promise<Progress>
  end(err?: HypertunaError): void
}

/** A job that runs until the test says so, or until it is cancelled. */
function job(facts: Partial<TransferJob> = {}): Scripted {
  const begun = Promise.withResolvers<Progress>()
  const over = Promise.withResolvers<void>()
  over.promise.catch(() => {})
  return {
    relayKey: RELAY,
    hash: '',
    name: null,
    kind: 'fetch',
    size: 10 * MB,
    ...facts,
    begun: begun.promise,
    end: (err) => (err === undefined ? over.resolve() : over.reject(err)),
    run(signal, onprogress) {
      begun.resolve(onprogress)
      signal.addEventListener('abort', () => over.reject(signal.reason))
      return over.promise
    }
  }
}

const phases = (transfers: Transfers): string[] => transfers.list().map(({ phase }) => phase)

test('a few run at once, and what a person waits for goes first', async (t) => {
  const transfers = new Transfers()
  const jobs = [1, 2, 3, 4].map((n) => job({ name: String(n) }))
  const ends = jobs.map((one) => transfers.add(one))
  const urgent = job({ name: 'urgent', urgent: true })
  const urgentEnd = transfers.add(urgent)
  t.alike(phases(transfers), ['running', 'running', 'running', 'waiting', 'waiting'])
  jobs[0]!.end()
  await ends[0]
  await urgent.begun
  t.is(transfers.list().find(({ name }) => name === '4')?.phase, 'waiting')
  t.is(transfers.list().find(({ name }) => name === 'urgent')?.asked, true)
  for (const one of [...jobs, urgent]) one.end()
  await Promise.all([...ends, urgentEnd])
  await transfers.close()
})

test('a store does not wait for fetches, nor small files for large ones', async (t) => {
  const transfers = new Transfers()
  const large = [job(), job()]
  const small = Array.from({ length: 17 }, () => job({ size: 1000 }))
  const store = job({ kind: 'store' })
  const all = [...large, ...small, store]
  const ends = all.map((one) => transfers.add(one))
  await store.begun
  t.is(phases(transfers).filter((phase) => phase === 'running').length, 19, 'sixteen small for one')
  for (const one of all) one.end()
  await Promise.all(ends)
})

test('what failed can be begun anew, once', async (t) => {
  const transfers = new Transfers()
  let retried = 0
  const removed: unknown[] = []
  transfers.on('removed', (id) => removed.push(id))
  const failing = job({
    retry: async () => {
      retried++
    }
  })
  const end = transfers.add(failing)
  failing.end(new HypertunaError('NOBODY_ONLINE', 'Gone'))
  await t.exception(end, /Gone/)
  const [transfer] = transfers.list() as [Transfer]
  t.alike([transfer.phase, transfer.retry], ['failed', true])
  await transfers.retry(transfer.id)
  t.is(retried, 1)
  t.alike(removed, [transfer.id])
  await t.exception(transfers.retry(transfer.id), /cannot be begun anew/)
})

test('progress tells phase, items and the time left', async (t) => {
  const transfers = new Transfers()
  const one = job({ size: 4 * MB })
  const end = transfers.add(one)
  const progress = await one.begun
  const [transfer] = transfers.list() as [Transfer]
  progress(MB)
  t.is(transfer.phase, 'running')
  progress(4 * MB)
  t.is(transfer.phase, 'checking', 'every byte is here')
  t.is(transfer.timeLeft, transfer.rate > 0 ? 0 : null)
  one.end()
  await end
  t.is(transfer.phase, 'done')

  const many = job({ kind: 'import', size: 10, items: 5 })
  const manyEnd = transfers.add(many)
  const [batch] = transfers.list() as [Transfer]
  t.alike([batch.items, batch.done], [5, 0])
  ;(await many.begun)(10, 3)
  t.alike([batch.done, batch.phase], [3, 'running'])
  many.end()
  await manyEnd
  t.is(batch.done, 5)
})

test('sources are asked one job at a time, the best first', async (t) => {
  const transfers = new Transfers()
  const taken: string[] = []
  const running: Scripted[] = []
  const source = (names: [string, number][]): { waiting: number; offer(): Offer | null } => ({
    get waiting() {
      return names.length
    },
    offer() {
      const [next] = names
      if (next === undefined) return null
      const take = (): TransferJob => {
        names.shift()
        taken.push(next[0])
        const made = job({ name: next[0] })
        running.push(made)
        return made
      }
      return { rank: [next[1]], take }
    }
  })
  const one: [string, number][] = []
  const other: [string, number][] = []
  for (const names of [[], one, other]) transfers.addSource(source(names))
  one.push(['a', 1], ['d', 9])
  other.push(['b', 2], ['c', 3])
  transfers.wake()
  t.alike(taken, ['a', 'b', 'c'], 'and no more than may run')
  t.is(transfers.waiting, 1)
  transfers.concurrent = 1
  running[0]!.end()
  await new Promise((resolve) => transfers.once('change', resolve))
  t.is(taken.length, 3, 'a lower limit holds at once')
  for (const each of running) each.end()
  await transfers.close()
})

test('what has a plan is kept until it ended, and over a close', async (t) => {
  const kept = new Set<string>()
  const transfers = new Transfers({
    keep: (id) => void kept.add(id),
    forget: (id) => void kept.delete(id)
  })
  const first = job({ plan: { folder: 'x' } })
  const second = job({ plan: { folder: 'y' } })
  const ends = [transfers.add(first), transfers.add(second)]
  t.is(kept.size, 2)
  first.end()
  await ends[0]
  t.is(kept.size, 1)
  const closed = t.exception(ends[1]!, /closing/)
  await transfers.close()
  await closed
  t.is(kept.size, 1, 'it goes on after a restart')
})
