/** What was last said in each group, as the list of groups tells it. */
import { writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { npubOf } from '../../protocol/ids.ts'
import { signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { listed, openFeed } from './feeds.ts'
import { localDht } from './member.ts'
import { joinBy, randomFile, share, startWhole } from './whole.ts'
import type { Whole } from './whole.ts'

const LONG = { timeout: 90_000 }

const post = ({ calls }: Whole, relayKey: string, content: string) =>
  calls.post({ relayKey, content, kind: 9, files: [] })

test('the list tells what was last said, and by whom', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const mara = await startWhole(t, bootstrap)
  let ivo = await startWhole(t, bootstrap, dir)
  await mara.calls.setName({ name: 'Mara' })
  const { relayKey } = await mara.calls.createRelay({ name: 'Band demos', access: 'private' })
  await joinBy(mara, ivo, relayKey)
  await ivo.calls.setName({ name: 'Ivo' })
  const feed = openFeed(t, ivo, 'relayList', {})
  const { relays } = await feed.wanted(({ relays }) =>
    relays.some(({ last }) => last?.kind === 9021)
  )
  t.is(relays[0]?.last?.words, '', 'who came has no words')

  const says = (whole: Whole, words: string) =>
    listed(t, whole, relayKey, ({ last }) => last?.words === words)
  const first = await post(mara, relayKey, 'Who has\n\n the  tape?')
  const shown = await says(ivo, 'Who has the tape?')
  t.is(shown.last?.name, 'Mara')
  t.is(shown.last?.id, first.eventId)
  t.is(shown.lastEventAt, shown.last?.createdAt)

  for (const words of ['One', 'Two', 'Three', 'Four']) await post(mara, relayKey, words)
  await says(ivo, 'Four')
  t.pass('of one second, the last of the log')
  const npub = npubOf(ivo.worker.status().pubkey)
  const { eventId } = await post(mara, relayKey, `nostr:${npub}, you? ${'x'.repeat(30_000)}`)
  const long = await listed(t, ivo, relayKey, ({ last }) => last?.id === eventId)
  t.ok(long.last?.words.startsWith('@Ivo, you? xxx'), 'people by their names')
  t.is(long.last?.words.length, 200, 'and no more than a line needs')
  await ivo.calls.react({ relayKey, eventId, content: '👍' })
  await mara.calls.deleteMessage({ relayKey, eventId })
  for (const whole of [mara, ivo]) await says(whole, 'Four')
  t.pass('what was taken back is not the last any more')

  await share(mara, relayKey, await randomFile(t, 100, 'report.pdf'))
  const filed = await listed(t, ivo, relayKey, ({ last }) => last?.files === 1)
  t.is(filed.last?.fileName, 'report.pdf')
  await ivo.close()
  ivo = await startWhole(t, bootstrap, dir)
  const again = await listed(t, ivo, relayKey, ({ last }) => Boolean(last))
  t.alike(again.last, filed.last, 'the same after a restart')
})

test('the list tells only of groups in which something changed', LONG, async (t) => {
  const mara = await startWhole(t, await localDht(t))
  const keys: string[] = []
  for (const name of ['One', 'Two', 'Three']) {
    keys.push((await mara.calls.createRelay({ name, access: 'private' })).relayKey)
  }
  const [, two = ''] = keys
  const feed = openFeed(t, mara, 'relayList', {})
  const whole = await feed.wanted(() => true)
  t.alike([whole.reset, whole.relays.length], [true, 3])
  await post(mara, two, 'Only here')
  await feed.wanted(({ relays }) => relays.some(({ last }) => last?.words === 'Only here'))
  const told = feed.values.slice(1)
  t.ok(told.every(({ reset }) => reset === false))
  const others = told.flatMap(({ relays }) => relays.filter(({ last }) => last?.kind === 9))
  t.ok(others.every(({ relayKey }) => relayKey === two))
  await mara.calls.deleteGroup({ relayKey: two })
  await mara.calls.forgetGroup({ relayKey: two })
  await feed.wanted(({ removed }) => removed?.includes(two) === true)
  t.pass('and of those that are gone')
})

test('files of a folder are told of as one', LONG, async (t) => {
  const mara = await startWhole(t, await localDht(t))
  const { relayKey } = await mara.calls.createRelay({ name: 'Holidays', access: 'private' })
  const folder = await t.tmp()
  for (let i = 0; i < 70; i++) writeFileSync(join(folder, `${i}.txt`), `Day ${i}`)
  await mara.calls.importFolder({ relayKey, folder, prefix: 'Portugal' })
  const { last } = await listed(t, mara, relayKey, ({ last }) => last?.files === 70)
  t.alike([last?.words, last?.fileName, last?.fileKind], ['', null, null])
  await post(mara, relayKey, 'That is all')
  await listed(t, mara, relayKey, ({ last }) => last?.words === 'That is all')
  t.pass('until something is said')
})

test('also when all of it is of one second, with words before it', LONG, async (t) => {
  const mara = await startWhole(t, await localDht(t))
  const { relayKey } = await mara.calls.createRelay({ name: 'Holidays', access: 'closed' })
  const { relays, identity } = mara.worker.use()
  const { relay } = relays.get(relayKey)
  const created_at = Math.floor(Date.now() / 1000)
  const h = ['h', relay.facts?.alias ?? '']
  const sign = (kind: number, content: string, tags: string[][]): NostrEvent =>
    signEvent({ kind, created_at, content, tags: [h, ...tags] }, identity.secretKey)
  const photos = Array.from({ length: 100 }, (_, i) => {
    const hash = i.toString(16).padStart(64, '0')
    const url = `https://a.example/${hash}.png`
    return sign(1063, '', [
      ['imeta', `url ${url}`, `x ${hash}`, 'm image/png', `path Holiday/${i}`]
    ])
  })
  // Filters give the lowest id of a second first, and the list asks for the newest few
  const first = photos.map(({ id }) => id).sort()[0] ?? ''
  let words = sign(9, 'Photos are coming', [])
  for (let i = 0; words.id > first; i++) words = sign(9, `Photos are coming ${i}`, [])
  const answers = await relay.offer([words, ...photos].map((event) => ({ type: 'event', event })))
  t.ok(answers.every((answer) => answer === null))
  const { last } = await listed(t, mara, relayKey, ({ last }) => last?.files === 100)
  t.is(last?.fileKind, 'image')
})

test(
  'the last of the log, whatever its id, of more than are looked at of one second',
  LONG,
  async (t) => {
    const mara = await startWhole(t, await localDht(t))
    const { relayKey } = await mara.calls.createRelay({ name: 'Radio', access: 'closed' })
    const { relays, identity } = mara.worker.use()
    const { relay } = relays.get(relayKey)
    const created_at = Math.floor(Date.now() / 1000)
    const tags = [['h', relay.facts?.alias ?? '']]
    const sign = (content: string): NostrEvent =>
      signEvent({ kind: 9, created_at, content, tags }, identity.secretKey)
    const lines = Array.from({ length: 100 }, (_, i) => sign(`Line ${i}`))
    const highest =
      lines
        .map(({ id }) => id)
        .sort()
        .at(-1) ?? ''
    let end = sign('The end')
    for (let i = 0; end.id < highest; i++) end = sign(`The end ${i}`)
    const answers = await relay.offer([...lines, end].map((event) => ({ type: 'event', event })))
    t.ok(answers.every((answer) => answer === null))
    const { last } = await listed(t, mara, relayKey, ({ last }) => last?.id === end.id)
    t.is(last?.words, end.content)
  }
)
