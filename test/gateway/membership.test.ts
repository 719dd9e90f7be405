/** What a gateway remembers of who speaks for a relay. */
import test, { type Assert } from 'brittle'

import { proofMessage, type MemberProof } from '../../protocol/card.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import {
  generateSecretKey,
  getPublicKey,
  signEvent,
  signMessage,
  type NostrEvent
} from '../../protocol/nostr.ts'
import { relayTopic } from '../../protocol/topic.ts'
import { Membership } from '../../gateway/membership.ts'

const [creator, admin, member, oldKey, newKey] = Array.from({ length: 5 }, () =>
  generateSecretKey()
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
const alias = 'holidays'
const publicIdentifier = formatPublicIdentifier(getPublicKey(creator), alias)
const topic = relayTopic(publicIdentifier)
const end = { handshakeHash: Buffer.alloc(64, 1), noiseKey: Buffer.alloc(32, 2) }
const driveKey = 'd'.repeat(64)

const first = card(creator, oldKey, [['admin', getPublicKey(admin)]], 100)
const renewed = card(creator, newKey, [['admin', getPublicKey(admin)]], 200)
const delegated = card(admin, newKey, [['card', first.id]], 150)
const everybody = list(oldKey, [creator, admin, member], 100)

test('an older list does not bring back who was removed', (t) => {
  const membership = new Membership(publicIdentifier)
  t.ok(membership.accept(prove(member, first, everybody), end).changed)
  const fewer = list(oldKey, [creator, admin], 110)
  t.ok(membership.accept(prove(admin, first, fewer), end).changed)
  t.absent(membership.has(getPublicKey(member)))
  refused(t, membership, prove(member, first, everybody), 'the list on which it still was')
})

for (const [name, cards] of [
  ['the creator’s newer card', { card: renewed }],
  ['an admin’s card', { card: first, delegated }]
] as const) {
  test(`${name} ends what the old key signed`, (t) => {
    const membership = new Membership(publicIdentifier)
    membership.accept(prove(member, first, everybody), end)
    // Older by its date, but by the key that counts now.
    const fewer = list(newKey, [creator, admin], 90)
    t.ok(membership.accept({ ...prove(admin, cards.card, fewer), ...cards }, end).changed)
    t.absent(membership.has(getPublicKey(member)))
    const later = list(oldKey, [creator, admin, member], 300)
    refused(t, membership, prove(member, first, later), 'a later list by the old key')
  })
}

test('who shows the card of an admin that left is not believed once that is known', (t) => {
  const named = [admin, member].map((key) => ['admin', getPublicKey(key)])
  const [founding, lastKey] = [card(creator, oldKey, named, 100), generateSecretKey()]
  const ours = card(admin, newKey, [['card', founding.id]], 150)
  const next = card(member, lastKey, [['card', founding.id]], 160)
  const gone = leaves(admin, founding.id)
  const after = list(lastKey, [creator, member], 90)
  const membership = new Membership(publicIdentifier)
  const showing = (
    cards: Partial<MemberProof>,
    by: Uint8Array,
    people: NostrEvent
  ): MemberProof => {
    return { ...prove(by, founding, people), ...cards }
  }
  const before = showing({ delegated: ours }, admin, list(newKey, [creator, admin, member], 100))
  membership.accept(before, end)
  refused(t, membership, showing({ delegated: next }, member, after), 'the less senior one')
  t.ok(
    membership.accept(showing({ delegated: next, resigned: [gone] }, member, after), end).changed
  )
  t.absent(membership.has(getPublicKey(admin)))
  refused(t, membership, before, 'the one that left, which does not say so')
  const again = card(admin, newKey, [['card', founding.id]], 900)
  const late = list(newKey, [creator, admin, member], 900)
  refused(t, membership, showing({ delegated: again }, admin, late), 'nor with a newer one')
  t.is(membership.relayPubkey, getPublicKey(lastKey))
})

function leaves(by: Uint8Array, id: string): NostrEvent {
  const tags = [
    ['h', alias],
    ['card', id]
  ]
  return signEvent({ kind: 9022, created_at: 155, tags, content: '' }, by)
}

function card(by: Uint8Array, key: Uint8Array, more: string[][], at: number): NostrEvent {
  const tags = [
    ['h', alias],
    ['relayKey', '1'.repeat(64)],
    ['relayPubkey', getPublicKey(key)],
    ...more
  ]
  return signEvent({ kind: 9007, created_at: at, tags, content: '' }, by)
}

function list(key: Uint8Array, people: Uint8Array[], at: number): NostrEvent {
  const tags = [['d', alias], ...people.map((person) => ['p', getPublicKey(person)])]
  return signEvent({ kind: 39002, created_at: at, tags, content: '' }, key)
}

function prove(by: Uint8Array, shown: NostrEvent, members: NostrEvent): MemberProof {
  const signature = signMessage(proofMessage(topic, { ...end, driveKey }), by)
  return { pubkey: getPublicKey(by), driveKey, card: shown, members, signature }
}

function refused(t: Assert, membership: Membership, proof: MemberProof, message: string): void {
  try {
    membership.accept(proof, end)
    t.fail(message)
  } catch (err) {
    t.is(HypertunaError.from(err).code, 'UNPROVEN', message)
  }
}
