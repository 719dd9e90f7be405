/** Our answers to nostr-tools' side of the comparison, and to what is no message. */
import 'bare-encoding/global'
import test from 'brittle'
import b4a from 'b4a'
import { nip77 } from 'nostr-tools'
import { NEGENTROPY_VERSION, reconcile, RecordSet } from '../../protocol/negentropy.ts'
import { hex, random } from '../worker/index-fixture.ts'

interface Item {
  timestamp: number
  id: string
}

const FRAME = 60_000

function setOf(items: Item[]): RecordSet {
  const sorted = items.toSorted((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1))
  const ids = b4a.concat(sorted.map(({ id }) => b4a.from(id, 'hex')))
  return new RecordSet(
    sorted.map(({ timestamp }) => timestamp),
    ids
  )
}

/** What their side finds out, and what that took. */
function compare(
  theirs: Item[],
  ours: Item[],
  frame = FRAME
): { have: string[]; need: string[]; rounds: number; bytes: number } {
  const storage = new nip77.NegentropyStorageVector()
  for (const { timestamp, id } of theirs) storage.insert(timestamp, id)
  storage.seal()
  const client = new nip77.Negentropy(storage)
  const set = setOf(ours)
  const [have, need] = [new Set<string>(), new Set<string>()]
  let bytes = 0
  let message: string | null = client.initiate()
  for (let rounds = 0; ; rounds++) {
    if (message === null) return { have: [...have], need: [...need], rounds, bytes }
    const answer: Uint8Array = reconcile(set, b4a.from(message, 'hex'), frame)
    if (answer.byteLength > frame) throw new Error(`an answer of ${answer.byteLength} bytes`)
    if (rounds > 1000) throw new Error('it does not come to an end')
    bytes += answer.byteLength
    const hex = b4a.toString(answer, 'hex')
    message = client.reconcile(
      hex,
      (id) => have.add(id),
      (id) => need.add(id)
    )
  }
}

test('nostr-tools finds the difference of any two sets', { timeout: 60_000 }, (t) => {
  const seed = 77
  const next = random(seed)
  for (let round = 0; round < 60; round++) {
    const seconds = [1, 5, 1000, 1_000_000][next(4)]!
    const all = Array.from({ length: next(1500) }, (_, n) => ({
      timestamp: 1_700_000_000 + next(seconds),
      id: hex(n, `round ${round}`)
    }))
    const share = next(100)
    const theirs = all.filter(() => next(100) >= share / 2)
    const ours = all.filter(() => next(100) >= share)
    const frame = [4096, 8000, FRAME][next(3)]!
    const { have, need } = compare(theirs, ours, frame)
    const [a, b] = [new Set(theirs.map(({ id }) => id)), new Set(ours.map(({ id }) => id))]
    const missing = [...a].filter((id) => !b.has(id)).sort()
    const wanted = [...b].filter((id) => !a.has(id)).sort()
    const right =
      JSON.stringify(have.sort()) === JSON.stringify(missing) &&
      JSON.stringify(need.sort()) === JSON.stringify(wanted)
    if (!right) t.fail(`seed ${seed}, round ${round}: ${have.length}, ${need.length}`)
  }
  t.pass('60 pairs')
})

test('two large sets that are nearly the same cost little', (t) => {
  const all = Array.from({ length: 20_000 }, (_, n) => ({
    timestamp: 1e9 + n,
    id: hex(n, 'large')
  }))
  const { need, have, bytes } = compare(all.slice(3), all)
  t.is(need.length, 3)
  t.is(have.length, 0)
  t.ok(bytes < 5000, `${bytes} bytes where the ids alone are ${20_000 * 32}`)
})

test('a version that is not ours is answered by ours', (t) => {
  const set = setOf([])
  t.alike([...reconcile(set, b4a.from('62', 'hex'), FRAME)], [NEGENTROPY_VERSION])
  t.alike([...reconcile(set, b4a.from('61', 'hex'), FRAME)], [0x61], 'nothing to say')
})

test('the known fingerprint of nothing, and of one id', (t) => {
  // sha256(32 zeros ‖ 0) and sha256(the id ‖ 1), of which the first 16 bytes count
  const none = setOf([])
  t.is(b4a.toString(none.fingerprint(0, 0), 'hex'), '7f9c9e31ac8256ca2f258583df262dbc')
  const one = setOf([
    { timestamp: 1, id: 'ff'.repeat(32) },
    { timestamp: 2, id: '01' + '00'.repeat(31) }
  ])
  t.is(
    b4a.toString(one.fingerprint(0, 2), 'hex'),
    '58cc2f44d3a27866874701fbad573da9',
    'the sum is modulo 2^256'
  )
})

test('garbage is refused by name', (t) => {
  const set = setOf(Array.from({ length: 100 }, (_, n) => ({ timestamp: n, id: hex(n) })))
  const refused = (message: string): void => {
    t.exception(() => reconcile(set, b4a.from(message, 'hex'), FRAME), /Negentropy/, message)
  }
  refused('')
  refused('00')
  refused('6100')
  refused('610000')
  refused('61000009')
  refused('610021' + '00'.repeat(33) + '00')
  refused('61000001' + '00'.repeat(15))
  refused('610000028f' + 'ff'.repeat(8))
  refused('6100000205' + '00'.repeat(32))
  refused('61' + 'ff'.repeat(20))
  const next = random(6)
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from({ length: next(80) }, (_, at) => (at === 0 ? 0x61 : next(256)))
    try {
      reconcile(set, bytes, FRAME)
    } catch (err) {
      if (!/Negentropy/.test(String(err))) throw err
    }
  }
  t.pass('whatever it is, it is answered or refused')
})
