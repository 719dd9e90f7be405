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
