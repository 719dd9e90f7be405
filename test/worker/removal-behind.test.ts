/** What goes by a view that is behind, or that came without a word of what it touched. */
import test from 'brittle'
import EventEmitter from 'bare-events'
import { Removal } from '../../worker/files/removal.ts'
import { localDht } from './member.ts'
import { arrived, randomFile, share, startWhole, syncOf, together } from './whole.ts'

test('what the view has not heard of stays on the disk', async (t) => {
  const removed: string[] = []
  const group = Object.assign(new EventEmitter(), {
    ready: async () => {},
    role: 'member',
    pubkey: 'aa',
    relay: {
      relayKey: 'bb'.repeat(32),
      facts: { deleted: false },
      state: { get: async () => null, peek: async () => null, async *createReadStream() {} },
      base: { writable: false, view: { log: { length: 2, signedLength: 2 } } }
    }
  })
  const unnamed = new Set(['dd'.repeat(32)])
  const drive = Object.assign(new EventEmitter(), {
    key: 'cc'.repeat(32),
    entry: async () => ({ metadata: { eventId: 'ee'.repeat(32) } }),
    removeFile: async (_: string, hash: string) => void removed.push(hash)
  })
  const transfers = { list: () => [] }
  const removal = new Removal({ group, drive, unnamed, transfers, log: () => {} } as never)
  await removal.ready()
  await removal.settled()
  t.alike(removed, [], 'a state that never heard of the event takes nothing away')
  await removal.close()
})

test('what goes with a view that nobody replayed here leaves the disk as soon', async (t) => {
  const whole = await startWhole(t, await localDht(t))
  const { relayKey } = await together(whole, [], 'closed')
  const { drive, relays } = whole.worker.use()
  const file = await randomFile(t, 100_000)
  await share(whole, relayKey, file)
  await arrived(whole, relayKey, file.hash)
  const { eventId } = syncOf(whole, relayKey).files.get(file.hash)!
  // As when signed blocks are fetched instead: which files they touch is told by nobody.
  const group = relays.get(relayKey)
  const emit = group.emit.bind(group)
  group.emit = (name: string, ...told: unknown[]) => {
    return name === 'update'
      ? emit(name, { ...(told[0] as object), touched: null })
      : emit(name, ...told)
  }
  const gone = new Promise<void>((resolve) => {
    drive.on('change', (changes: { hash: string; change: string }[]) => {
      if (changes.some(({ hash, change }) => hash === file.hash && change === 'removed')) resolve()
    })
  })
  await whole.calls.deleteMessage({ relayKey, eventId })
  await gone
  t.absent(await drive.has(relayKey, file.hash))
})
