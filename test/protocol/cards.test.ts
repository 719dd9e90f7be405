/** Which of a relay's cards counts: the creator's newest, and an admin's that it named. */
import c from 'compact-encoding'
import test, { type Assert } from 'brittle'

import {
  CARD_KIND,
  checkCards,
  checkResigned,
  compareCards,
  type Cards
} from '../../protocol/card.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { handshake, VERSION } from '../../protocol/file-channel/messages.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import {
  generateSecretKey,
  getPublicKey,
  signEvent,
  type NostrEvent
} from '../../protocol/nostr.ts'

const creator = generateSecretKey()
const senior = generateSecretKey()
const junior = generateSecretKey()
const stranger = generateSecretKey()
const alias = 'book-club'
const relayKey = '1'.repeat(64)
const keys = ['2', '3', '4', '5'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string
]
const publicIdentifier = formatPublicIdentifier(getPublicKey(creator), alias)
const admins = [senior, junior].map((key) => ['admin', getPublicKey(key)])

const first = card(creator, keys[0], admins, 100)
const second = card(creator, keys[1], admins, 200)
const bySenior = card(senior, keys[2], [['card', first.id]], 150)
const byJunior = card(junior, keys[3], [['card', first.id]], 160)

test('an admin named by the creator speaks on its card', (t) => {
  t.is(checkCards(first, null, publicIdentifier).relayPubkey, keys[0])
  t.is(checkCards(first, undefined, publicIdentifier).relayPubkey, keys[0])
  t.alike(checkCards(first, bySenior, publicIdentifier), { relayKey, relayPubkey: keys[2] })
})

test('nobody else does', (t) => {
  const refused: [string, NostrEvent, NostrEvent][] = [
    ['who was not named', first, card(stranger, keys[2], [['card', first.id]])],
    ['on another card', second, bySenior],
    ['on no card', first, card(senior, keys[2], [])],
    ['bent', first, { ...bySenior, tags: [...bySenior.tags, ['x', 'y']] }],
    ['of another relay', first, card(senior, keys[2], [['card', first.id]], 150, 'f'.repeat(64))],
    ['on a forged card', card(stranger, keys[0], admins), bySenior]
  ]
  for (const [name, ours, delegated] of refused) {
    unproven(t, () => checkCards(ours, delegated, publicIdentifier), name)
  }
})

test('the creator’s newer card counts, then seniority, then the date', (t) => {
  const older = card(senior, keys[2], [['card', first.id]], 120)
  const ranking: Cards[] = [
    { card: second, delegated: null },
    { card: first, delegated: bySenior },
    { card: first, delegated: older },
    { card: first, delegated: byJunior },
    { card: first, delegated: null }
  ]
  for (const [i, a] of ranking.entries()) {
    for (const [j, b] of ranking.entries()) {
      t.is(Math.sign(compareCards(a, b)), Math.sign(i - j), `${i} and ${j}`)
    }
  }
})

test('an admin that left comes after those who stayed', (t) => {
  const resigned = [leaves(senior, first.id)]
  const left: Cards = { card: first, delegated: bySenior, resigned: [] }
  const stays: Cards = { card: first, delegated: byJunior, resigned }
  t.is(Math.sign(compareCards(stays, left)), -1)
  t.is(Math.sign(compareCards(left, stays)), 1)
  t.is(Math.sign(compareCards({ ...stays, resigned: [] }, left)), 1, 'nobody shows it')
  t.is(Math.sign(compareCards(left, { card: first, delegated: null, resigned })), -1, 'yet counts')
  checkResigned(first, resigned)
  checkResigned(first, undefined)
  const words: [string, NostrEvent][] = [
    ['of another card', leaves(senior, second.id)],
    ['of another relay, maybe', leaves(senior)],
    ['by nobody that it names', leaves(stranger, first.id)],
    ['bent', { ...resigned[0]!, created_at: 1 }],
    ['which says something else', signed(senior, 9021, [['card', first.id]], 1)]
  ]
  for (const [name, word] of words) unproven(t, () => checkResigned(first, [word]), name)
})

test('a handshake carries the admin’s card, and who knows none reads the rest', (t) => {
  const proof = {
    pubkey: getPublicKey(senior),
    driveKey: '9'.repeat(64),
    card: first,
    members: second,
    signature: Buffer.alloc(64, 1)
  }
  const resigned = [leaves(senior, first.id)]
  const delegated = bySenior
  for (const shown of [proof, { ...proof, delegated }, { ...proof, delegated, resigned }]) {
    const bytes = c.encode(handshake, { version: VERSION, role: 'member' as const, proof: shown })
    const read = c.decode(handshake, bytes)
    t.alike(read.proof?.delegated, 'delegated' in shown ? bySenior : undefined)
    t.alike(read.proof?.resigned, 'resigned' in shown ? resigned : undefined)
    t.is(read.proof?.members.id, second.id)
    t.absent(read.sealed)
  }
  const sealed = Buffer.from('sealed')
  const bytes = c.encode(handshake, { version: VERSION, role: 'member', proof: null, sealed })
  t.alike(Buffer.from(c.decode(handshake, bytes).sealed ?? []), sealed)
})

function card(
  by: Uint8Array,
  relayPubkey: string,
  more: string[][],
  at = 100,
  key = relayKey
): NostrEvent {
  const tags = [['h', alias], ['relayKey', key], ['relayPubkey', relayPubkey], ...more]
  return signed(by, CARD_KIND, tags, at)
}

function leaves(by: Uint8Array, id?: string): NostrEvent {
  return signed(by, 9022, [['h', alias], ...(id === undefined ? [] : [['card', id]])], 300)
}

function signed(by: Uint8Array, kind: number, tags: string[][], at: number): NostrEvent {
  return signEvent({ kind, created_at: at, tags, content: '' }, by)
}

function unproven(t: Assert, run: () => unknown, message?: string): void {
  try {
    run()
    t.fail(message)
  } catch (err) {
    t.is(err instanceof HypertunaError && err.code, 'UNPROVEN', message)
  }
}
