import test, { type Assert } from 'brittle'
import {
  CARD_KIND,
  MEMBERS_KIND,
  checkCard,
  checkMembers,
  checkProof,
  proofMessage,
  type MemberProof
} from '../../protocol/card.ts'
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

const creator = generateSecretKey()
const relay = generateSecretKey()
const member = generateSecretKey()
const stranger = generateSecretKey()

const alias = 'book-club'
const relayKey = '1'.repeat(64)
const relayPubkey = getPublicKey(relay)
const publicIdentifier = formatPublicIdentifier(getPublicKey(creator), alias)
const handshakeHash = Buffer.alloc(64, 7)
const noiseKey = Buffer.alloc(32, 5)
const driveKey = '2'.repeat(64)
const end = { handshakeHash, noiseKey, driveKey }
const topic = relayTopic(publicIdentifier)

const cardTags = [
  ['h', alias],
  ['relayKey', relayKey],
  ['relayPubkey', relayPubkey]
]
const memberTags = [
  ['d', alias],
  ['p', getPublicKey(creator), 'admin'],
  ['p', getPublicKey(member)]
]
const card = makeCard()
const members = makeMembers()
const proof: MemberProof = {
  pubkey: getPublicKey(member),
  driveKey,
  card,
  members,
  signature: signMessage(proofMessage(topic, end), member)
}

test('a card names the relay and its key', (t) => {
  t.alike(checkCard(card, publicIdentifier), { relayKey, relayPubkey })
})

test('a card of someone or something else is none', (t) => {
  const cards: [string, NostrEvent][] = [
    ['by a stranger', makeCard(cardTags, stranger)],
    ['another kind', makeCard(cardTags, creator, 9002)],
    ['another alias', makeCard(withTag('h', 'other'))],
    ['no alias', makeCard(cardTags.slice(1))],
    ['no relayKey', makeCard(withTag('relayKey'))],
    ['no relayPubkey', makeCard(withTag('relayPubkey'))],
    ['relayKey is no key', makeCard(withTag('relayKey', 'x'))],
    ['relayPubkey is no key', makeCard(withTag('relayPubkey', relayPubkey.toUpperCase()))],
    ['two aliases', makeCard([...cardTags, ['h', 'other']])],
    ['two relayKeys', makeCard([...cardTags, ['relayKey', '3'.repeat(64)]])],
    ['two relayPubkeys', makeCard([...cardTags, ['relayPubkey', '3'.repeat(64)]])],
    ['changed after signing', { ...card, tags: withTag('relayKey', '3'.repeat(64)) }],
    ['no signature', { ...card, sig: '0'.repeat(128) }],
    ['nothing', null as unknown as NostrEvent],
    ['an empty object', {} as NostrEvent]
  ]
  for (const [name, event] of cards) unproven(t, () => checkCard(event, publicIdentifier), name)
  const other = formatPublicIdentifier(getPublicKey(stranger), alias)
  unproven(t, () => checkCard(card, other), "another creator's relay")
})

test('a list of members is signed by the relay’s own key', (t) => {
  const found = checkMembers(members, { alias, relayPubkey })
  t.alike([...found], [getPublicKey(creator), getPublicKey(member)])
})

test('a list of someone or something else is none', (t) => {
  const lists: [string, NostrEvent][] = [
    ['by the creator', makeMembers(memberTags, creator)],
    ['by a stranger', makeMembers(memberTags, stranger)],
    ['another kind', makeMembers(memberTags, relay, 39001)],
    ['another alias', makeMembers([['d', 'other'], ...memberTags.slice(1)])],
    ['no alias', makeMembers(memberTags.slice(1))],
    ['two aliases', makeMembers([['d', 'other'], ...memberTags])],
    ['changed after signing', { ...members, tags: [...memberTags, ['p', getPublicKey(stranger)]] }],
    ['nothing', null as unknown as NostrEvent]
  ]
  for (const [name, event] of lists) {
    unproven(t, () => checkMembers(event, { alias, relayPubkey }), name)
  }
})

test('what is no pubkey is no member', (t) => {
  const tags = [...memberTags, ['p'], ['p', ''], ['p', 'x'], ['p', 'F'.repeat(64)]]
  t.is(checkMembers(makeMembers(tags), { alias, relayPubkey }).size, 2)
  t.is(checkMembers(makeMembers([['d', alias]]), { alias, relayPubkey }).size, 0)
})

test('what is signed is the text, the topic, the handshake, and whose end it is', (t) => {
  const message = Buffer.from(proofMessage(topic, end))
  const own = [noiseKey, Buffer.from(driveKey, 'hex')]
  const expected = Buffer.concat([Buffer.from('hypertuna-files/1'), topic, handshakeHash, ...own])
  t.is(message.toString('hex'), expected.toString('hex'))
  t.is(message.length, 17 + 32 + 64 + 32 + 32)
})

test('a member proves itself', (t) => {
  const checked = checkProof(proof, { publicIdentifier, handshakeHash, noiseKey })
  t.is(checked.relayKey, relayKey)
  t.is(checked.relayPubkey, relayPubkey)
  t.is(checked.pubkey, getPublicKey(member))
  t.ok(checked.members.has(getPublicKey(creator)))
})

test('nobody else does', (t) => {
  const signed = (secretKey: Uint8Array): Uint8Array =>
    signMessage(proofMessage(topic, end), secretKey)
  const proofs: [string, Partial<MemberProof>][] = [
    ['a stranger', { pubkey: getPublicKey(stranger), signature: signed(stranger) }],
    ["a stranger under a member's name", { signature: signed(stranger) }],
    ["a member under another's name", { pubkey: getPublicKey(creator) }],
    ['a list by the stranger', { members: makeMembers(memberTags, stranger) }],
    ['a card by the stranger', { card: makeCard(cardTags, stranger) }],
    [
      'a card that names the stranger’s key',
      { card: makeCard(withTag('relayPubkey', getPublicKey(stranger)), stranger) }
    ],
    ['card and list swapped', { card: members, members: card }],
    ['no signature', { signature: new Uint8Array(64) }],
    ['a short signature', { signature: proof.signature.subarray(1) }],
    ['a signature of another type', { signature: 'x' as unknown as Uint8Array }],
    ['no pubkey', { pubkey: 'x' }],
    ['no driveKey', { driveKey: 'x' }],
    ['no card', { card: null as unknown as NostrEvent }],
    ['no list', { members: undefined as unknown as NostrEvent }]
  ]
  for (const [name, change] of proofs) {
    unproven(
      t,
      () => checkProof({ ...proof, ...change }, { publicIdentifier, handshakeHash, noiseKey }),
      name
    )
  }
  for (const none of [null, undefined, 'x', 5, {}]) {
    const nothing = none as unknown as MemberProof
    unproven(
      t,
      () => checkProof(nothing, { publicIdentifier, handshakeHash, noiseKey }),
      String(none)
    )
  }
})

test('a proof holds on its own connection and in its own relay alone', (t) => {
  unproven(t, () =>
    checkProof(proof, { publicIdentifier, handshakeHash: Buffer.alloc(64, 8), noiseKey })
  )
  unproven(t, () =>
    checkProof(proof, { publicIdentifier, handshakeHash: Buffer.alloc(0), noiseKey })
  )
  const other = formatPublicIdentifier(getPublicKey(creator), 'other')
  unproven(t, () => checkProof(proof, { publicIdentifier: other, handshakeHash, noiseKey }))

  // The same people and the same key in another relay: only the signature tells them apart.
  const moved = {
    ...proof,
    card: makeCard(withTag('h', 'other')),
    members: makeMembers([['d', 'other'], ...memberTags.slice(1)])
  }
  unproven(t, () => checkProof(moved, { publicIdentifier: other, handshakeHash, noiseKey }))
})

test('our own proof sent back to us proves nothing', (t) => {
  const theirs = { publicIdentifier, handshakeHash, noiseKey: Buffer.alloc(32, 6) }
  unproven(t, () => checkProof(proof, theirs))
  const moved = { ...proof, driveKey: '9'.repeat(64) }
  unproven(t, () => checkProof(moved, { publicIdentifier, handshakeHash, noiseKey }))
})

test('a removed member is one whom the list no longer has', (t) => {
  const newer = makeMembers(memberTags.slice(0, 2))
  unproven(t, () =>
    checkProof({ ...proof, members: newer }, { publicIdentifier, handshakeHash, noiseKey })
  )
})

function makeCard(tags = cardTags, by = creator, kind = CARD_KIND): NostrEvent {
  return signEvent({ kind, created_at: 1_700_000_000, tags, content: '' }, by)
}

function makeMembers(tags = memberTags, by = relay, kind = MEMBERS_KIND): NostrEvent {
  return signEvent({ kind, created_at: 1_700_000_000, tags, content: '' }, by)
}

/** The card's tags with one changed, or without it. */
function withTag(name: string, value?: string): string[][] {
  const others = cardTags.filter((tag) => tag[0] !== name)
  return value === undefined ? others : [...others, [name, value]]
}

function unproven(t: Assert, run: () => unknown, message?: string): void {
  try {
    run()
    t.fail(message)
  } catch (err) {
    t.is(err instanceof HypertunaError && err.code, 'UNPROVEN', message)
  }
}
