/** What was said since a group was last read: counted by the worker, and kept by it. */
import { writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { npubOf } from '../../protocol/ids.ts'
import { listed, openFeed } from './feeds.ts'
import { localDht } from './member.ts'
import { joinBy, startWhole } from './whole.ts'
import type { Whole } from './whole.ts'

const HOUR = 3600
const LONG = { timeout: 90_000 }

const post = ({ calls }: Whole, relayKey: string, content: string) =>
  calls.post({ relayKey, content, kind: 9, files: [] })

test('unread messages are counted, kept, and read once', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const mara = await startWhole(t, bootstrap)
  const dir = await t.tmp()
  let ivo = await startWhole(t, bootstrap, dir)
  const { relayKey } = await mara.calls.createRelay({ name: 'Field notes', access: 'closed' })
  await post(mara, relayKey, 'From before Ivo came')
  await joinBy(mara, ivo, relayKey)
  const first = await listed(t, ivo, relayKey, ({ state }) => state === 'ready')
  t.is(first.unread, 0, 'what was said before one came is not new')
  await ivo.close()
  ivo = await startWhole(t, bootstrap, dir)

  const { eventId } = await post(mara, relayKey, 'A heron at the weir')
  const one = await listed(t, ivo, relayKey, ({ unread }) => unread === 1)
  t.is(one.firstUnread, eventId)
  t.is(one.mentions, 0)
  await post(mara, relayKey, `Look, nostr:${npubOf(ivo.worker.status().pubkey)}`)
  const named = await listed(t, ivo, relayKey, ({ unread }) => unread === 2)
  t.is(named.mentions, 1, 'who is named is told so')
  t.is(named.firstUnread, eventId)
  const own = await listed(t, mara, relayKey, ({ members }) => members === 2)
  t.is(own.unread, 0, 'one’s own words are not new')

  await mara.calls.deleteMessage({ relayKey, eventId })
  const less = await listed(t, ivo, relayKey, ({ unread }) => unread === 1)
  t.not(less.firstUnread, eventId, 'what was taken back is not to be read')

  // As from somebody whose clock is an hour ahead: what others say then is older than what was read
  const until = Math.floor(Date.now() / 1000) + HOUR
  await ivo.calls.markRead({ relayKey, until })
  const none = await listed(t, ivo, relayKey, ({ unread }) => unread === 0)
  t.is(none.firstUnread, null)
  const late = await post(mara, relayKey, 'It came late')
  const again = await listed(t, ivo, relayKey, ({ unread }) => unread === 1)
  t.is(again.firstUnread, late.eventId, 'what comes late is new all the same')

  await ivo.close()
  ivo = await startWhole(t, bootstrap, dir)
  const kept = await listed(t, ivo, relayKey, ({ unread }) => unread === 1)
  t.is(kept.firstUnread, late.eventId, 'and after a restart')
  await ivo.calls.markRead({ relayKey, until })
  await listed(t, ivo, relayKey, ({ unread }) => unread === 0)
  await ivo.close()
  ivo = await startWhole(t, bootstrap, dir)
  const next = await post(mara, relayKey, 'And one more')
  const last = await listed(t, ivo, relayKey, ({ unread }) => Boolean(unread))
  t.is(last.unread, 1, 'what was read stays so')
  t.is(last.firstUnread, next.eventId)
})

test('of the second in which one comes, what was said after it is new', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const mara = await startWhole(t, bootstrap)
  const dir = await t.tmp()
  let ivo = await startWhole(t, bootstrap, dir)
  const { relayKey } = await mara.calls.createRelay({ name: 'Field notes', access: 'closed' })
  const group = mara.worker.use().relays.get(relayKey)
  const at = Math.floor(Date.now() / 1000)
  const say = (content: string) => {
    const tags = [['h', group.relay.facts?.alias ?? '']]
    return group.publish({ kind: 9, created_at: at, tags, content })
  }
  await say('Before he came')
  await joinBy(mara, ivo, relayKey)
  const { id } = await say('Just after')
  const feed = openFeed(t, ivo, 'conversation', { relayKey, limit: 10 })
  await feed.wanted(({ events }) => events.some((event) => event.id === id))

  // As if he had come in that very second, and nothing had been looked at since
  const { config } = ivo.worker.use()
  const relays = config.get().relays.map((entry) => ({ ...entry, joinedAt: at }))
  await config.update({ relays })
  await ivo.close()
  const kept = JSON.stringify({ version: 1, begun: at - 1, reads: {} })
  writeFileSync(join(dir, 'reads.json'), kept)
  for (const start of ['the first', 'the next']) {
    ivo = await startWhole(t, bootstrap, dir)
    const { unread, firstUnread } = await listed(t, ivo, relayKey, (group) => group.unread !== 0)
    t.alike([unread, firstUnread], [1, id], `at ${start} start`)
    if (start === 'the next') await ivo.calls.markRead({ relayKey, until: at })
    await ivo.close()
  }
  ivo = await startWhole(t, bootstrap, dir)
  await post(mara, relayKey, 'Later')
  const later = await listed(t, ivo, relayKey, ({ unread }) => Boolean(unread))
  t.is(later.unread, 1, 'and what was read stays so')
})
