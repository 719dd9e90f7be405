/** The parts of holdings: what is written down, what may be spent, who is meant. */
import b4a from 'b4a'
import test from 'brittle'
import crypto from 'hypercore-crypto'

import type { Asker } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { Budget, Budgets } from '../../worker/budget.ts'
import { Door } from '../../worker/files/holdings/door.ts'
import { Ledger } from '../../worker/files/holdings/ledger.ts'
import { mayDrop, shouldFetch } from '../../worker/files/holdings/repair.ts'

const hex = (): string => b4a.toString(crypto.randomBytes(32), 'hex')
const holder = (): string => `${hex()}:${hex()}`

test('the ledger is the same after it was written down', (t) => {
  const ledger = new Ledger()
  const [relay, other, file] = [hex(), hex(), hex()]
  const [anna, ivo, mia] = [holder(), holder(), holder()]
  for (const [name, at] of [
    [anna, 1000],
    [ivo, 2000],
    [mia, 3000]
  ] as const) {
    ledger.see(name, at)
  }
  ledger.passed(relay, file, anna, 1500)
  ledger.passed(relay, file, ivo, 1600)
  ledger.failed(relay, file, ivo, 1700, 'wrong-bytes')
  ledger.failed(other, file, mia, 1800, 'silent')
  ledger.asked(other, file, anna, Date.now())
  t.ok(ledger.changed)
  const read = Ledger.decode(ledger.encode())
  t.absent(ledger.changed)
  const kept = (provedAt: number, failure: string | null, failedAt: number): object => {
    return { provedAt, failure, failedAt, askedAt: 0, evasive: false }
  }
  t.alike(read.of(relay, file).get(anna), kept(1500, null, 0))
  t.alike(read.of(relay, file).get(ivo), kept(1600, 'wrong-bytes', 1700))
  t.alike([...read.of(other, file)], [[mia, kept(0, 'silent', 1800)]], 'a question is no answer')
  t.is(read.lastSeen(ivo), 2000)
  ledger.passed(relay, file, ivo, 1900)
  t.is(ledger.of(relay, file).get(ivo)?.failure, null, 'a right answer heals')
})

test('whatever is not a ledger is an empty one', (t) => {
  const ledger = new Ledger()
  const [relay, file, anna] = [hex(), hex(), holder()]
  ledger.see(anna, 1)
  ledger.passed(relay, file, anna, 2)
  const text = ledger.encode()
  for (const wrong of ['', 'x', text.replace('holdings 1', 'holdings 2')]) {
    t.is([...Ledger.decode(wrong).hashes(relay)].length, 0)
  }
  const lines = text.split('\n')
  lines[3] = `${file} 0.zz`
  t.is(Ledger.decode(lines.join('\n')).of(relay, file).size, 0)
  lines[3] = `${file} 99.1.0.0 ... -1.-1.-1.-1`
  t.is(Ledger.decode(lines.join('\n')).of(relay, file).size, 0)
  t.is(Ledger.decode(text.slice(0, -8)).of(relay, file).size <= 1, true)
})

test('a budget fills up again, and no further than its burst', (t) => {
  let now = 0
  const budget = new Budget(3, 2, () => now)
  t.ok(budget.take(3))
  t.absent(budget.take(1))
  now = 500
  t.ok(budget.take(1))
  t.absent(budget.take(1))
  now = 60_000
  t.is(budget.left, 3)
  const budgets = new Budgets(() => new Budget(1, 0), 2)
  for (const name of ['a', 'b', 'c']) t.ok(budgets.of(name).take(1))
  t.absent(budgets.of('c').take(1))
})

test('nobody makes us read the disk without limit', (t) => {
  const door = new Door()
  const asker = (): Asker => ({ role: 'member', pubkey: hex(), driveKey: hex(), members: null })
  const many = (who: Asker): number => {
    for (let n = 0; ; n++) {
      try {
        door.admit(who, { length: 1024 * 1024, nonce: crypto.randomBytes(32) })
      } catch (err) {
        t.is((err as HypertunaError).code, 'BUSY')
        return n
      }
    }
  }
  const first = asker()
  const answered = many(first)
  t.ok(answered >= 16 && answered <= 18, `${answered} MiB`)
  t.is(many(first), 0)
  t.ok(many(asker()) >= 16, 'which is no matter to others')
  let all = 0
  for (let i = 0; i < 20; i++) all += many(asker())
  t.ok(all <= 66, 'up to a limit for all of them')
})

test('our own question is not answered to whom we asked', (t) => {
  const door = new Door()
  const asker: Asker = { role: 'member', pubkey: hex(), driveKey: hex(), members: null }
  const question = { hash: hex(), offset: 1000, length: 100, nonce: crypto.randomBytes(32) }
  const open = door.asked(hex(), question)
  t.exception(() => door.admit(asker, { length: 100, nonce: question.nonce }), /our own/)
  t.ok(open.passedOn)
  door.reading(open.relayKey, question.hash, 0, 1000)
  door.reading(open.relayKey, question.hash, 1100, 1000)
  door.reading(hex(), question.hash, 1000, 10)
  t.absent(open.spoilt, 'what was read is another range')
  door.reading(open.relayKey, question.hash, 1050, 1)
  t.ok(open.spoilt)
  door.closed(open)
  door.admit(asker, { length: 100, nonce: question.nonce })
})

test('as many fetch as copies are missing, and they know it by themselves', (t) => {
  const online = Array.from({ length: 12 }, hex)
  const [anna, ivo] = [hex(), hex()]
  for (let i = 0; i < 20; i++) {
    const file = hex()
    const meant = online.filter((own) => {
      const without = new Set(online.filter((driveKey) => driveKey !== own))
      return shouldFetch(file, own, 3, { proved: new Set([anna]), claimed: new Set(), without })
    })
    t.is(meant.length, 2)
  }
  const without = new Set(online.slice(1))
  const own = online[0]!
  const copies = { proved: new Set([anna]), claimed: new Set([ivo]), without: new Set<string>() }
  t.ok(shouldFetch(hex(), own, 3, copies), 'the last one left')
  t.absent(shouldFetch(hex(), own, 2, { ...copies, without }), 'first a claim is looked into')
})

test('who drops at the same time leaves enough', (t) => {
  for (let i = 0; i < 20; i++) {
    const file = hex()
    const holders = Array.from({ length: 6 }, hex)
    const dropped = holders.filter((own) => {
      return mayDrop(file, own, 3, new Set(holders.filter((driveKey) => driveKey !== own)))
    })
    t.is(holders.length - dropped.length, 3)
  }
  const [own, other] = [hex(), hex()]
  t.absent(mayDrop(hex(), own, 2, new Set([other])))
})
