/** A view that is behind is no proof that anything was deleted: bytes do not come back. */
import test from 'brittle'
import EventEmitter from 'bare-events'
import { Removal } from '../../worker/files/removal.ts'

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
