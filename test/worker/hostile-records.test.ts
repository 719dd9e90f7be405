/** Records of every odd shape from a modified member: they change nothing and stop nobody. */
import AbortController from 'bare-abort-controller'
import b4a from 'b4a'
import test from 'brittle'
import { signEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import type { Group } from '../../worker/relays/group.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import { localDht, startMember, until } from './member.ts'
import type { Member } from './member.ts'

const quiet = (): { signal: never; onphase(): void } => ({
  signal: new AbortController().signal as never,
  onphase() {}
})
async function pair(founder: Member, joiner: Member): Promise<[Group, Group]> {
  const theirs = await founder.relays.create({ name: 'Field notes', access: 'closed' })
  const { invite } = await founder.relays.invite(theirs.relay.relayKey, { expiresIn: 60, uses: 1 })
  return [theirs, await joiner.relays.join(invite, quiet())]
}
const hash = 'a'.repeat(64)
const raw = (group: Group, records: any[]) =>
  group.relay.base.append(
    records.map((r) => (typeof r === 'string' ? b4a.from(r, 'hex') : encodeRecord(r)))
  )

test('odd records change nothing and stop nobody', { timeout: 40_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const [a, b] = [await startMember(t, bootstrap), await startMember(t, bootstrap)]
  const [theirs, ours] = await pair(a, b)
  let failed: any = null
  theirs.relay.base.on('error', (e: unknown) => {
    failed = e
  })
  const good = signEvent(
    { kind: 9, created_at: now(), tags: [['h', 'field-notes']], content: 'x' },
    b.identity.secretKey
  )
  const odd: any[] = [
    null,
    1,
    'x',
    [],
    {},
    { ...good, tags: null },
    { ...good, tags: [[]] },
    { ...good, tags: [[1]] },
    { ...good, tags: [null] },
    { ...good, created_at: -1 },
    { ...good, created_at: 1e400 },
    { ...good, kind: 1.5 },
    { ...good, kind: '9' },
    { ...good, content: {} },
    { ...good, content: '\ud800' },
    { ...good, pubkey: 'f'.repeat(64) },
    { ...good, extra: 1 },
    { ...good, sig: '0'.repeat(128) }
  ]
  const records: any[] = []
  const text = (kind: number, json: string) => {
    const s = b4a.from(json)
    const len =
      s.length < 0xfd
        ? b4a.from([s.length])
        : b4a.from([0xfe, s.length & 255, (s.length >> 8) & 255, (s.length >> 16) & 255, 0])
    return b4a.toString(b4a.concat([b4a.from([1, kind]), len, s]), 'hex')
  }
  for (const value of odd) {
    records.push(text(0, JSON.stringify(value)), text(1, JSON.stringify(value)))
  }
  records.push(
    '',
    '00',
    '01',
    '0100',
    '0102',
    '01ff',
    '0203',
    'ff'.repeat(64),
    text(0, '['.repeat(200000)),
    text(1, '{"a":'.repeat(50000)),
    text(0, '{"__proto__":{"id":1},"toJSON":1}'),
    '0102' + '00'.repeat(32) + 'feffffffff'
  )
  const signed = (kind: number, tags: string[][], content = '') =>
    signEvent({ kind, created_at: now(), tags, content }, b.identity.secretKey)
  const h = ['h', 'field-notes']
  for (const e of [
    signed(9000, [h]),
    signed(9007, [h]),
    signed(9009, [h, ['code', 'x']]),
    signed(39002, [['d', 'field-notes']]),
    signed(9021, [h]),
    signed(20001, [h]),
    signed(30000, [h, ['d']]),
    signed(30000, [h, ['d', 'x'.repeat(200000)]]),
    signed(5, [h, ['e'], ['e', 'x'], ['e', '\u0000'], ['e', 'relay']]),
    signed(1063, [h, ['x', hash], ['size', '-1']]),
    signed(9, [
      h,
      ['imeta', ''],
      ['imeta', ' ', 'x', 'x ' + hash, 'size 9007199254740993', 'path ' + '../'.repeat(500)]
    ])
  ]) {
    records.push({ type: 'event', event: e })
  }
  for (const tags of [
    [h],
    [h, ['relay', ours.relay.discoveryKey]],
    [h, ['relay', ours.relay.discoveryKey], ['writer', 'b'.repeat(64)]],
    [h, ['relay', ours.relay.discoveryKey], ['writer', ours.relay.relayKey]],
    [
      h,
      ['relay', ours.relay.discoveryKey],
      ['writer', 'b'.repeat(64)],
      ['code', 'x'.repeat(100000)]
    ]
  ]) {
    records.push({ type: 'admit', request: signed(9021, tags) })
  }
  records.push({
    type: 'seal',
    to: 'e'.repeat(64),
    from: b.identity.pubkey,
    relayPubkey: 'a'.repeat(64),
    payload: 'x'
  })
  for (let i = 0; i < records.length; i += 10) await raw(ours, records.slice(i, i + 10))
  const last = signed(9, [h], 'the last')
  await raw(ours, [{ type: 'event', event: last }])
  await until(
    async () =>
      failed !== null || (await theirs.relay.newestEvents(3)).some(({ id }) => id === last.id),
    theirs
  )
  t.is(failed, null, String(failed?.stack))
  t.is(theirs.relay.members.size, 2)
})
