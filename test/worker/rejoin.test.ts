/** Coming back by a new invite while faces look on: they see the group that is there now. */
import test from 'brittle'

import { listed, openFeed } from './feeds.ts'
import { localDht } from './member.ts'
import { arrived, joinBy, randomFile, share, startWhole, together } from './whole.ts'
import type { Whole } from './whole.ts'

test('open feeds follow a group that was joined anew', { timeout: 90_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  const b = await startWhole(t, bootstrap)
  const { relayKey } = await together(a, [b])
  const words = openFeed(t, b, 'conversation', { relayKey, limit: 100 })
  const members = openFeed(t, b, 'members', { relayKey })
  const files = openFeed(t, b, 'files', { relayKey })
  await members.wanted(({ members }) => members.length === 2)
  const { pubkey } = b.worker.use().identity
  const before = b.worker.use().relays.get(relayKey)
  await a.calls.removeMember({ relayKey, pubkey })
  await listed(t, b, relayKey, ({ removed }) => removed === true)
  await a.calls.setRole({ relayKey, pubkey, role: 'member' })
  await joinBy(a, b, relayKey)
  t.not(b.worker.use().relays.get(relayKey), before, 'another group of the same key')

  const seen = members.values.length
  await a.calls.setName({ name: 'Mara' })
  await members.wanted((value) => {
    const named = value.members.some(({ name }) => name === 'Mara')
    return named && members.values.indexOf(value) >= seen
  })
  await a.calls.post({ relayKey, content: 'welcome back', kind: 9, files: [] })
  await words.wanted(({ events }) => events.some(({ content }) => content === 'welcome back'))
  const file = await randomFile(t, 10_000)
  await share(a, relayKey, file)
  await arrived(b, relayKey, file.hash)
  await files.wanted((value) => value.files.some(({ hash, here }) => hash === file.hash && here))
  for (const { failure } of [words, members, files]) t.is(failure, null)
})

test('a feed outlives that the group is forgotten', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  const b = await startWhole(t, bootstrap)
  const { relayKey } = await together(a, [b])
  const words = openFeed(t, b, 'conversation', { relayKey, limit: 100 })
  await words.wanted(({ reset }) => reset)
  await b.calls.leaveGroup({ relayKey })
  await b.calls.forgetGroup({ relayKey })
  t.is(words.failure, null)
  await joinBy(a, b, relayKey)
  await b.calls.post({ relayKey, content: 'once more', kind: 9, files: [] })
  await words.wanted(({ events }) => events.some(({ content }) => content === 'once more'))
  t.pass('and tells of the group that comes again')
})

for (const access of ['closed', 'private'] as const) {
  test(
    `a ${access} group that is forgotten gives the disk back`,
    { timeout: 90_000 },
    async (t) => {
      const bootstrap = await localDht(t)
      const dir = await t.tmp()
      const a = await startWhole(t, bootstrap)
      const first = await startWhole(t, bootstrap, dir)
      const other = await together(a, [first], 'closed')
      const coresOf = async ({ worker }: Whole): Promise<number> => {
        let count = 0
        for await (const _ of worker.use().store.storage.createCoreStream()) count++
        return count
      }
      await listed(t, first, other.relayKey, ({ members }) => members === 2)
      const before = await coresOf(first)
      const { relayKey } = await together(a, [first], access)
      await first.calls.post({ relayKey, content: 'mine', kind: 9, files: [] })
      const heard = openFeed(t, a, 'conversation', { relayKey, limit: 10 })
      await heard.wanted(({ events }) => events.some(({ content }) => content === 'mine'))
      t.ok((await coresOf(first)) > before + 3)
      await first.calls.forgetGroup({ relayKey })
      t.is(await coresOf(first), before, 'its cores are gone, and no others')
      await first.calls.post({
        relayKey: other.relayKey,
        content: 'still here',
        kind: 9,
        files: []
      })
      await joinBy(a, first, relayKey)
      await first.calls.post({ relayKey, content: 'again', kind: 9, files: [] })
      await heard.wanted(({ events }) => events.some(({ content }) => content === 'again'))
      const all = openFeed(t, first, 'conversation', { relayKey, limit: 10 })
      await all.wanted(({ events }) => events.some(({ content }) => content === 'mine'))
      await first.close()
      const again = await startWhole(t, bootstrap, dir)
      const later = openFeed(t, again, 'conversation', { relayKey, limit: 10 })
      await later.wanted(({ events }) => events.some(({ content }) => content === 'mine'))
      await again.calls.post({ relayKey, content: 'after a restart', kind: 9, files: [] })
      await heard.wanted(({ events }) =>
        events.some(({ content }) => content === 'after a restart')
      )
      t.pass('who comes back has all of it again, also after a restart')
    }
  )
}
