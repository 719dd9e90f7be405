/** Who signs a relay: decisions alone, then real Autobases joined by streams. */
import b4a from 'b4a'
import test from 'brittle'

import {
  chooseWriters,
  decideIndexers,
  foundedBy,
  passedOn,
  standingBy,
  voided,
  withoutWord
} from '../../worker/relays/indexers.ts'
import { canFork, hadWritten } from '../../worker/relays/indexer-effects.ts'
import { LOSS_LIMIT } from '../../worker/relays/indexer-record.ts'
import type { IndexerRecord } from '../../worker/relays/indexer-record.ts'
import type { AdminDevice, IndexerFacts } from '../../worker/relays/indexers.ts'
import { decodeRecord, encodeRecord } from '../../worker/relays/records.ts'
import { agreed, connect, startPeer, until } from './indexer-scene.ts'
import type { Peer, PeerOptions } from './indexer-scene.ts'
import type { TestContext } from './member.ts'

const LONG = { timeout: 60_000 }

const device = (writer: string): AdminDevice => ({ pubkey: writer[0]!, writer })
const devices = (...writers: string[]): AdminDevice[] => writers.map(device)
const founded = foundedBy('f')

test('one signs until three admins have a device each, and never two', (t) => {
  t.alike(chooseWriters(['f'], devices('f')), ['f'])
  t.alike(chooseWriters(['f'], devices('f', 'a')), ['f'], 'two admins')
  t.alike(chooseWriters(['f'], devices('f', 'f2', 'f3', 'a')), ['f'], 'devices of two admins')
  t.alike(chooseWriters(['f'], devices('f', 'a', 'b')), ['f', 'a', 'b'], 'three at once')
  t.alike(chooseWriters(['f', 'a', 'b'], devices('f', 'a', 'b', 'c')), ['f', 'a', 'b'])
  t.alike(chooseWriters(['f', 'b', 'c'], devices('f', 'a', 'b', 'c')), ['f', 'b', 'c'], 'who sits')
  t.alike(chooseWriters(['f', 'a', 'b'], devices('f', 'a', 'c')), ['f', 'a', 'c'], 'b went')
  t.alike(chooseWriters(['f', 'a', 'b'], devices('f', 'a')), ['f'], 'and nobody came')
  t.alike(chooseWriters(['a'], devices('f', 'a')), ['a'], 'who took over stays')
  t.alike(chooseWriters(['f'], []), ['f'], 'never nobody')
  for (let n = 1; n < 8; n++) {
    const many = devices(...'fabcdegh'.slice(0, n))
    t.ok([1, 3].includes(chooseWriters(['f'], many).length), `${n} admins`)
  }
})

test('a loss counts by the word of most who can still speak', (t) => {
  const lose = (by: string[], writers: string[], there: AdminDevice[]): IndexerFacts =>
    decideIndexers(
      founded,
      by.map((pubkey) => ({ by: pubkey, writers })),
      there
    )
  const alone = lose(['a'], ['f'], devices('f', 'a'))
  t.is(alone.heir, 'a', 'the only other admin')
  t.alike(alone.writers, ['a'])
  t.alike(alone.lost, ['f'])

  const four = devices('f', 'a', 'b', 'c')
  t.is(lose(['c'], ['f'], four).heir, null, 'one of three')
  t.is(lose(['c', 'b'], ['f'], four).heir, 'a', 'two of three, and the most senior takes over')
  t.alike(lose(['c', 'b'], ['f'], four).writers, ['a', 'b', 'c'], 'the three that are left')
  t.is(lose(['c', 'm'], ['f'], four).heir, null, 'who is no admin has no word')
  t.is(lose(['b'], ['a', 'f'], devices('f', 'a', 'b')).heir, null, 'a never signed: it is asked')
  const signed = { ...founded, writers: ['f', 'a', 'b'], ever: ['f', 'a', 'b'] }
  const three = devices('f', 'a', 'b')
  const both = decideIndexers(signed, [{ by: 'b', writers: ['a', 'f'] }], three)
  t.is(both.heir, null, 'one of three who sign is not enough against both others')
  t.alike(both.lost, [])
  const one = ['a', 'b'].map((by) => ({ by, writers: ['f'] }))
  t.is(decideIndexers(signed, one.slice(1), three).heir, null, 'nor against one of them')
  t.is(decideIndexers(signed, one, three).heir, 'a', 'two are')
  const five = devices('f', 'a', 'b', 'c', 'd')
  const most = ['b', 'c', 'd'].map((by) => ({ by, writers: ['a', 'f'] }))
  t.is(decideIndexers(signed, most.slice(1), five).heir, null, 'two of five against two')
  t.alike(decideIndexers(signed, most, five).lost, ['a', 'f'], 'three of five')
  t.is(lose(['f'], ['f'], devices('f', 'f2')).heir, 'f2', 'an admin’s own other device')
  t.alike(lose(['a'], ['x', 'y'], devices('f', 'a')).lost, [], 'what is no device of theirs')
})

test('the right to fork lapses', (t) => {
  const five = devices('f', 'a', 'b', 'c', 'd')
  const signed = { ...founded, writers: ['f', 'a', 'b'], ever: ['f', 'a', 'b'] }
  const words = ['a', 'b', 'c', 'd'].map((by) => ({ by, writers: ['f'] }))
  const after = decideIndexers(signed, words.slice(0, 3), five)
  t.is(after.heir, 'a')
  t.alike(after.writers, ['a', 'b', 'c'])

  const first = standingBy(after, 'b')
  t.is(first.heir, 'a', 'one of three says that it signs')
  t.is(standingBy(first, 'c').heir, null, 'two do')
  t.alike(standingBy(first, 'c').lost, ['f'], 'who is lost is so still')
  t.alike(decideIndexers(first, [], devices('f', 'a', 'c', 'd')).standing, [], 'others sign now')

  t.is(withoutWord(after, 'd').heir, 'a', 'who had said nothing takes nothing back')
  const back = withoutWord(after, 'c')
  t.alike([back.heir, back.lost], [null, []], 'two of five are not enough')
  t.is(withoutWord(decideIndexers(signed, words, five), 'c').heir, 'a', 'three are')

  const again = voided(after, ({ writers }) => writers.includes('f'))
  t.alike([again.heir, again.lost, again.verdicts], [null, [], []], 'the lost one objects')
  t.is(decideIndexers(after, [], devices('f', 'b', 'c', 'd')).heir, 'b', 'the heir went')

  const next = passedOn(after, five)
  t.is(next.heir, 'b', 'who cannot passes it on')
  t.is(passedOn(next, devices('f', 'a', 'b')), next, 'when there is anybody')
  t.is(decideIndexers(next, [], devices('f', 'a', 'c', 'd')).heir, 'c', 'and it does not come back')
})

const signedLog = ({ base }: Peer): number => base.view.log.signedLength

test('records about indexers survive the way, and too many writers are none', (t) => {
  const writer = 'ab'.repeat(32)
  const records: IndexerRecord[] = [
    { type: 'lost', writers: [] },
    { type: 'lost', writers: [writer, 'cd'.repeat(32)] },
    { type: 'present' },
    { type: 'succeed', key: writer, length: 2 ** 40 },
    { type: 'stands' },
    { type: 'pass' }
  ]
  for (const record of records) t.alike(decodeRecord(encodeRecord(record)), record)
  const many = Array.from({ length: LOSS_LIMIT + 1 }, () => writer)
  t.is(decodeRecord(encodeRecord({ type: 'lost', writers: many })), null)
})

/** A founder, admins in order of seniority, and what parts them again. */
async function group(
  t: TestContext,
  names: string,
  admins: string,
  options: PeerOptions = {}
): Promise<{ peers: Record<string, Peer>; all: Peer[]; part(): Promise<void> }> {
  const f = await startPeer(t, 'f', null, options)
  const peers: Record<string, Peer> = { f }
  for (const name of names) peers[name] = await startPeer(t, name, f.base.key, options)
  const all = Object.values(peers)
  const part = connect(...all)
  await f.put(f, 0)
  for (const name of names) await f.put(peers[name]!, admins.indexOf(name) + 1 || -1)
  await until(() => all.every(({ base }) => base.writable), ...all)
  for (const peer of all) await peer.say(`${peer.name} is here`)
  // Whoever has written before the last signature can take over.
  await until(() => signedLog(f) >= all.length, f)
  await agreed(...all)
  return { peers, all, part }
}

/** Waits until those who sign now have signed something: before that nobody can follow them. */
function signedOnce(heir: Peer): Promise<void> {
  const { base } = heir
  return until(() => canFork(base.local.key, base.indexedLength, base.system), heir)
}

/** The rest of the admins have who is gone declared lost; the heir has the view signed anew. */
async function succeed(lost: Peer[], by: Peer[], heir: Peer): Promise<void> {
  const writers = lost.map(({ writer }) => writer).sort()
  for (const peer of by) await peer.base.append({ indexers: { type: 'lost', writers } })
  await until(async () => (await heir.facts()).heir === heir.writer, heir)
  const { base, systemKey } = heir
  const length = base.indexedLength
  await base.append({ indexers: { type: 'succeed', key: systemKey, length } })
}

test('three sign from the moment there are three, and one of them may be lost', LONG, async (t) => {
  const { peers, all, part } = await group(t, 'abm', 'a')
  const { f, a, b, m } = peers as Record<'f' | 'a' | 'b' | 'm', Peer>
  t.alike(await m.signers(), [f.writer])
  t.is((await m.facts()).successor, a.writer)
  await f.put(b, 2)
  await f.say('three')
  await until(async () => (await m.signers()).length === 3, ...all)
  await agreed(...all)
  t.alike(await m.signers(), [f.writer, a.writer, b.writer].sort())
  await part()

  const rest = connect(a, b, m)
  const before = signedLog(m)
  await m.say('without the founder')
  await a.say('still')
  await until(() => signedLog(m) >= before + 2, a, b, m)
  await agreed(a, b, m)
  t.pass('signing goes on')
  for (const { counts } of [a, b, m]) t.alike([...counts].sort(), [1, 3], 'never two')
  await rest()
})

test('two that answer each other at the same moment go on until all is signed', LONG, async (t) => {
  const ackInterval = 3_600_000 // only when the test says so
  const f = await startPeer(t, 'f', null, { ackInterval })
  const a = await startPeer(t, 'a', f.base.key, { ackInterval })
  const b = await startPeer(t, 'b', f.base.key, { ackInterval })
  const part = connect(f, a, b)
  const inTurn = async (...those: Peer[]): Promise<void> => {
    for (const peer of those) {
      await peer.base.ack()
      await agreed(...those)
    }
  }
  for (const [rank, peer] of [f, a, b].entries()) await f.put(peer, rank)
  await until(() => [a, b].every(({ base }) => base.writable), a, b)
  for (const peer of [f, a, b]) await peer.say('hello')
  await agreed(f, a, b)
  for (let i = 0; i < 4; i++) await inTurn(f, a, b)
  t.is((await a.signers()).length, 3)
  await part()

  await Promise.all([a.say('one'), b.say('two')])
  for (let i = 0; i < 5; i++) {
    const meeting = connect(a, b)
    await agreed(a, b)
    await meeting()
    await Promise.all([a.base.ack(), b.base.ack()])
  }
  const rest = connect(a, b)
  await agreed(a, b)
  t.ok(signedLog(a) < a.base.view.log.length, 'neither confirmed the other')
  for (let i = 0; i < 4; i++) await inTurn(a, b)
  t.is(signedLog(a), a.base.view.log.length, 'then one sees the other’s')
  const { length } = a.base.local
  await inTurn(a, b)
  t.is(a.base.local.length, length, 'and they are done')
  await rest()
})

for (const encryptionKey of [undefined, b4a.alloc(32, 7)]) {
  const kind = encryptionKey === undefined ? 'a relay' : 'a private relay'
  test(`${kind} outlives its founder`, LONG, async (t) => {
    const { peers, part } = await group(t, 'am', 'a', { encryptionKey })
    const { f, a, m } = peers as Record<'f' | 'a' | 'm', Peer>
    await part()
    await f.say('written alone 1', 'written alone 2')
    await f.say(...Array.from({ length: 40 }, (_, i) => `written alone too ${i}`))

    const rest = connect(a, m)
    const before = signedLog(m)
    await m.say('unsigned')
    await a.say('unsigned too')
    await agreed(a, m)
    t.is(signedLog(m), before, 'nobody signs')
    const old = a.systemKey
    await succeed([f], [a], a)
    await m.say('after')
    await until(() => signedLog(m) >= before + 3, a, m)
    await agreed(a, m)
    t.alike(await m.signers(), [a.writer], 'signing resumed')
    t.not(m.systemKey, old)

    const systemKey = a.base.system.core.key
    const late = await startPeer(t, 'late', f.base.key, { systemKey, encryptionKey })
    const lateLink = connect(late, a)
    await until(() => late.fastForwards > 0, late)
    await agreed(late, a)
    t.is(late.applied, 0, 'a late reader replays nothing')

    const back = connect(f, a, m)
    await until(() => f.systemKey === a.systemKey, f, a, m)
    await agreed(f, a, m, late)
    const heard = await m.heard()
    t.is(heard.filter((words) => words.startsWith('written alone')).length, 42, 'nothing is lost')
    t.is(new Set(heard).size, heard.length)
    await f.say('the founder is back')
    await agreed(f, a, m, late)
    t.alike(await f.signers(), [a.writer], 'who took over goes on')
    await Promise.all([rest(), lateLink(), back()])
  })
}

test('of three that sign two are lost, and three sign again', LONG, async (t) => {
  const { peers, all, part } = await group(t, 'abcdm', 'ab')
  const { a, b, c, d, f, m } = peers as Record<'a' | 'b' | 'c' | 'd' | 'f' | 'm', Peer>
  await until(async () => (await m.signers()).length === 3, ...all)
  await f.put(c, 3)
  await f.put(d, 4)
  await agreed(...all)
  await signedOnce(b)
  await part()
  const rest = connect(b, c, d, m)
  const before = signedLog(m)
  await m.say('nobody signs')
  await succeed([f, a], [b, c, d], b)
  await m.say('somebody signs')
  await until(async () => (await m.signers()).length === 3, b, c, d, m)
  await c.say('one')
  await d.say('two')
  await until(() => signedLog(m) >= before + 4, b, c, d, m)
  t.alike(await m.signers(), [b.writer, c.writer, d.writer].sort())
  await rest()

  const both = connect(f, a)
  await f.say('we two')
  await a.say('sign on')
  await agreed(f, a)
  await both()
  const whole = connect(...all)
  await until(() => all.every(({ systemKey }) => systemKey === m.systemKey), ...all)
  await f.base.append({ indexers: { type: 'present' } })
  await agreed(...all)
  t.ok((await m.heard()).includes('we two'))
  t.alike((await m.facts()).lost, [], 'an objection voids all that was agreed on')
  t.alike((await m.signers()).length, 3)
  await whole()
})

test('one of three who sign takes nothing over from both others', LONG, async (t) => {
  const { peers, all, part } = await group(t, 'abm', 'ab')
  const { a, b, f, m } = peers as Record<'a' | 'b' | 'f' | 'm', Peer>
  await until(async () => (await m.signers()).length === 3, ...all)
  await agreed(...all)
  await part()
  const rest = connect(b, m)
  const [key, length] = [b.systemKey, b.base.indexedLength]
  const writers = [f.writer, a.writer].sort()
  await b.base.append({ indexers: { type: 'lost', writers } })
  for (const writer of writers) {
    await b.base.append({ indexers: { type: 'lost', writers: [writer] } })
  }
  await b.base.append({ indexers: { type: 'lost', writers } })
  await b.base.append({ indexers: { type: 'succeed', key, length } })
  await b.say('mine')
  await agreed(b, m)
  const facts = await m.facts()
  t.alike([facts.heir, facts.lost], [null, []])
  t.is(m.systemKey, key, 'no fork')
  t.is((await m.signers()).length, 3)
  await rest()
  const whole = connect(...all)
  await agreed(...all)
  const signed = signedLog(m)
  await f.say('three')
  await until(() => signedLog(m) > signed, ...all)
  t.is((await m.signers()).length, 3, 'and three sign on')
  await whole()
})

test('who took over may not do so again once the others sign', LONG, async (t) => {
  const { peers, all, part } = await group(t, 'abcm', 'abc')
  const { a, b, c, m } = peers as Record<'a' | 'b' | 'c' | 'm', Peer>
  const { f } = peers as Record<'f', Peer>
  await until(async () => (await m.signers()).length === 3, ...all)
  await part()
  const rest = connect(a, b, c, m)
  await succeed([f], [b, c], a)
  const three = [a.writer, b.writer, c.writer].sort()
  await until(async () => (await m.signers()).join() === three.join(), a, b, c, m)
  await agreed(a, b, c, m)
  t.is((await m.facts()).heir, a.writer, 'a still might')
  for (const peer of [b, c]) await peer.base.append({ indexers: { type: 'stands' } })
  await agreed(a, b, c, m)
  t.is((await m.facts()).heir, null)
  const [key, length] = [a.systemKey, a.base.indexedLength]
  await a.base.append({ indexers: { type: 'succeed', key, length } })
  await a.say('again')
  await agreed(a, b, c, m)
  t.alike(await m.signers(), three)
  t.is(m.systemKey, key, 'no fork')
  await rest()
})

test('an heir that came too late passes its right on', LONG, async (t) => {
  const { peers, part } = await group(t, 'bm', 'b')
  const { b, f, m } = peers as Record<'b' | 'f' | 'm', Peer>
  await part()
  const rest = connect(b, m)
  const a = await startPeer(t, 'a', f.base.key)
  const late = connect(a, b, m)
  // More senior than b, and nobody signs that it is here.
  await b.put(a, 0.5)
  await until(() => a.base.writable, a, b)
  await a.say('a is here')
  await agreed(a, b, m)
  for (const peer of [a, b]) {
    await peer.base.append({ indexers: { type: 'lost', writers: [f.writer] } })
  }
  await until(async () => (await a.facts()).heir === a.writer, a, b)
  const { system, indexedLength } = a.base
  t.absent(await hadWritten(a.base.local.key, indexedLength, system))
  t.ok(await hadWritten(b.base.local.key, indexedLength, system))
  await b.base.append({ indexers: { type: 'pass' } })
  await agreed(a, b, m)
  t.is((await m.facts()).heir, a.writer, 'another’s right is not passed on')
  await a.base.append({ indexers: { type: 'pass' } })
  await until(async () => (await b.facts()).heir === b.writer, a, b)
  const signed = signedLog(m)
  const [key, length] = [b.systemKey, b.base.indexedLength]
  await b.base.append({ indexers: { type: 'succeed', key, length } })
  await m.say('signed again')
  await until(() => signedLog(m) > signed, a, b, m)
  await agreed(a, b, m)
  t.not(m.systemKey, key)
  await Promise.all([rest(), late()])
})

test(
  'who is there says so, and a takeover that was not agreed on does nothing',
  LONG,
  async (t) => {
    const { peers, all, part } = await group(t, 'abm', '')
    const { f, a, b, m } = peers as Record<'f' | 'a' | 'b' | 'm', Peer>
    await f.put(a, 1)
    await agreed(...all)
    const { systemKey } = a
    const length = a.base.indexedLength
    await a.base.append({ indexers: { type: 'succeed', key: systemKey, length } })
    await m.base.append({ indexers: { type: 'lost', writers: [f.writer] } })
    await b.base.append({ indexers: { type: 'present' } })
    await agreed(...all)
    t.is((await f.facts()).heir, null)
    t.alike((await f.facts()).lost, [])
    t.is(f.systemKey, systemKey)

    await a.base.append({ indexers: { type: 'lost', writers: [f.writer] } })
    await agreed(...all)
    t.is((await f.facts()).heir, a.writer)
    await f.base.append({ indexers: { type: 'present' } })
    await agreed(...all)
    t.is((await m.facts()).heir, null, 'voided')
    await a.base.append({ indexers: { type: 'succeed', key: a.systemKey, length } })
    await f.say('here')
    await agreed(...all)
    await part()
  }
)

test('a fork at a length that is none harms nobody', LONG, async (t) => {
  const { peers, all, part } = await group(t, 'am', 'a')
  const { f, a, m } = peers as Record<'f' | 'a' | 'm', Peer>
  await part()
  const rest = connect(a, m)
  await a.base.append({ indexers: { type: 'lost', writers: [f.writer] } })
  const key = a.systemKey
  for (const length of [0, 1, 2, 3, 5, 7, a.base.indexedLength - 1, 1e6, -1, 1.5]) {
    await a.base.append({ indexers: { type: 'succeed', key, length } })
  }
  await a.base.append({ indexers: { type: 'succeed', key: 'ab'.repeat(32), length: 10 } })
  await m.say('unharmed')
  await agreed(a, m)
  for (const { error } of all) t.is(error, null)
  await rest()
})
