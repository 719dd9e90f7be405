/** Questions that read much of an index: so many at once, whoever asks, and nobody else waits. */
import test from 'brittle'

import { Scans } from '../../worker/serve/nostr/scans.ts'
import type { Scan } from '../../worker/serve/nostr/scans.ts'
import type { NostrClient } from './nostr-client.ts'
import { note, scene } from './nostr-scene.ts'
import type { Scene } from './nostr-scene.ts'

/** Meets few of those that each of its conditions finds. */
const WIDE = { '#t': ['a'], '#k': ['x'] }

async function fill({ member, connect }: Scene): Promise<void> {
  const writer = connect()
  for (let i = 0; i < 120; i++) {
    const tags = i === 60 ? [...T, ...K] : i < 60 ? T : K
    writer.say('EVENT', note(member, { tags }))
  }
  for (let i = 0; i < 120; i++) await writer.type('OK')
}
const T = [['t', 'a']]
const K = [['k', 'x']]

/** How a question ended: EOSE, or why it was closed. */
async function ended(client: NostrClient, id: string): Promise<string> {
  const is = ([type, second]: unknown[]): boolean =>
    second === id && (type === 'EOSE' || type === 'CLOSED' || type === 'COUNT')
  const [type, , reason] = await client.next(is)
  return type === 'CLOSED' ? String(reason) : type
}

test('who waits for a turn holds nobody up, and no more wait than may', async (t) => {
  // No place at all: whatever reads much waits for ever.
  const place = await scene(t, { scans: 0, scansWaiting: 6, freely: 8 })
  await fill(place)
  const greedy = [place.connect(), place.connect()]
  for (const client of greedy) {
    await client.type('AUTH')
    for (let i = 0; i < 4; i++) client.say('REQ', `s${i}`, WIDE)
  }
  const refused: string[] = []
  for (const client of greedy) {
    // Four of each at once; of eight that wait two are one too many.
    const [, , reason] = await client.type('CLOSED')
    refused.push(String(reason))
  }
  t.ok(
    refused.every((reason) => reason.startsWith('rate-limited: ')),
    refused[0]
  )

  const quick = place.connect()
  quick.say('REQ', 'live', { kinds: [9], limit: 1 })
  t.is(await ended(quick, 'live'), 'EOSE', 'what reads little is answered')
  quick.taken('live')
  quick.say('COUNT', 'all', { kinds: [9] })
  t.is(await ended(quick, 'all'), 'COUNT')
  const said = note(place.member)
  t.ok((await quick.publish(said)).ok)
  t.is((await quick.live('live')).id, said.id, 'and told what comes')

  // One more waits in the place of whoever has most waiting; the places of who goes are free.
  quick.say('COUNT', 'much', WIDE)
  t.ok(String((await greedy[0]!.type('CLOSED'))[2]).startsWith('rate-limited: '))
  quick.say('NEG-OPEN', 'n', WIDE, '6100000200')
  await greedy[1]!.type('CLOSED')
  for (const client of greedy) client.close()
  for (const client of greedy) await client.end()
  const other = place.connect()
  for (let i = 0; i < 4; i++) other.say('REQ', `o${i}`, WIDE)
  other.say('REQ', 'quick', { limit: 1 })
  other.say('?')
  await other.type('NOTICE')
  t.absent(other.messages.some(([type]) => type === 'CLOSED'))
})

test('each who asks much is answered in turn, and right', async (t) => {
  const place = await scene(t, { scans: 1, scansWaiting: 64, freely: 8 })
  await fill(place)
  const clients = Array.from({ length: 12 }, () => place.connect())
  for (const client of clients) {
    for (let i = 0; i < 4; i++) client.say('REQ', `s${i}`, WIDE)
    client.say('COUNT', 'c', WIDE)
  }
  for (const client of clients) {
    for (let i = 0; i < 4; i++) {
      t.is(await ended(client, `s${i}`), 'EOSE')
      t.is(client.taken(`s${i}`).length, 1)
    }
    const [, , counted] = await client.type('COUNT', 'c')
    t.alike(counted, { count: 1 })
  }
})

test('places go round among those who wait', async (t) => {
  const scans = new Scans({ scans: 1, scansWaiting: 4, freely: 10 })
  const [ada, ben, cleo] = [{}, {}, {}]
  const order: string[] = []
  const asks = async (name: string, owner: object): Promise<Scan> => {
    const scan = scans.begin(owner)
    t.absent(scan.spend(10), 'nobody waits for little')
    await scan.spend(1)
    order.push(name)
    return scan
  }
  const first = await asks('ada 1', ada)
  const rest = [asks('ada 2', ada), asks('ada 3', ada), asks('ben', ben), asks('cleo', cleo)]
  t.is(scans.waiting, 4)
  await t.exception(asks('ada 4', ada), /too much/)
  t.absent(first.spend(100), 'its turn is long')
  const again = first.spend(4096)?.then(() => order.push('ada 1 again'))
  t.is(scans.running, 1)
  for (const [i, scan] of rest.entries()) if (i === 0) (await scan).end()
  ;(await rest[2])!.end()
  ;(await rest[3])!.end()
  ;(await rest[1])!.end()
  await again
  t.alike(order, ['ada 1', 'ada 2', 'ben', 'cleo', 'ada 3', 'ada 1 again'])
  first.end()
  t.is(scans.running, 0)
  first.rest()
  t.is(scans.running, 0, 'given up once')

  const held = await asks('ben', ben)
  const gone = asks('gone', ada)
  scans.forget(ada)
  await t.exception(gone, /too much/)
  t.is(scans.waiting, 0)
  held.end()
})
