/** Coming back by a new invite while faces look on: they see the group that is there now. */
import test from 'brittle'

import { listed, openFeed } from './feeds.ts'
import { localDht } from './member.ts'
import { arrived, joinBy, randomFile, share, startWhole, together } from './whole.ts'

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
  await b.worker.use().relays.leave(relayKey)
  t.is(words.failure, null)
  await joinBy(a, b, relayKey)
  await b.calls.post({ relayKey, content: 'once more', kind: 9, files: [] })
  await words.wanted(({ events }) => events.some(({ content }) => content === 'once more'))
  t.pass('and tells of the group that comes again')
})
