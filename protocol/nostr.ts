/**
 * Nostr events (NIP-01): making, checking, and sealing text between two keys.
 *
 * Events are serialised as nostr-tools does it, so that an id here is an id
 * everywhere; signatures are checked by WASM, which is twice as fast as it.
 */
import 'bare-encoding/global'
import sodium from 'sodium-universal'
import { serializeEvent } from 'nostr-tools/pure'
import { decrypt, encrypt, getConversationKey } from 'nostr-tools/nip44'
import { makeAside } from './aside.ts'
import { HypertunaError } from './errors.ts'
import { HeldClaims } from './held-claims.ts'
import { isHex32 } from './ids.ts'
import { publicKeyOf, signHash, signHashes, verifyHash } from './schnorr.ts'
import { sha256 } from './sha256.ts'

export interface NostrEvent {
  /** sha256 of the serialised event, hex */
  id: string
  pubkey: string
  /** seconds since 1970 */
  created_at: number
  kind: number
  tags: string[][]
  content: string
  /** 128 hex */
  sig: string
}

export type EventTemplate = Omit<NostrEvent, 'id' | 'pubkey' | 'sig'>

/** An event larger than this, as JSON in UTF-8, is none. */
export const MAX_EVENT_BYTES = 256 * 1024

const MAX_SEALED = 256 * 1024
const MAX_KIND = 65535
const NAMES = new Set(['id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig'])
/** What one UTF-16 unit becomes at most, as in `\u0000`; quotes and brackets count as one. */
const MAX_UNIT_BYTES = 6
/** More than the names of the fields, the two keys, the signature and the numbers take. */
const AROUND = 512
const SIGNATURE = /^[0-9a-f]{128}$/

const verified = new HeldClaims()

/** 32 random bytes that are a secret key (all but one in 2^128 are). */
export function generateSecretKey(): Uint8Array {
  const secretKey = new Uint8Array(32)
  sodium.randombytes_buf(secretKey)
  publicKeyOf(secretKey)
  return secretKey
}

/**
 * The public key, 64 hex.
 *
 * @throws {HypertunaError} BAD_IDENTITY
 */
export function getPublicKey(secretKey: Uint8Array): string {
  return publicKeyOf(secretKey).toString('hex')
}

/**
 * The template as a signed event; the template itself is left as it was.
 *
 * @throws {HypertunaError} BAD_IDENTITY, or BAD_REQUEST for what would be no event
 */
export function signEvent(template: EventTemplate, secretKey: Uint8Array): NostrEvent {
  const unsigned = unsignedEvent(template, getPublicKey(secretKey))
  const hash = hashOf(unsigned)
  const sig = signHash(hash, secretKey).toString('hex')
  return { ...unsigned, id: hash.toString('hex'), sig }
}

/**
 * The templates as signed events, at a third of the cost of one after the other. That
 * they hold is remembered.
 *
 * @throws {HypertunaError} BAD_IDENTITY, or BAD_REQUEST for what would be no event
 */
export function signEvents(templates: EventTemplate[], secretKey: Uint8Array): NostrEvent[] {
  const pubkey = getPublicKey(secretKey)
  const unsigned = templates.map((template) => unsignedEvent(template, pubkey))
  const hashes = unsigned.map(hashOf)
  const signatures = signHashes(hashes, secretKey)
  return unsigned.map((event, i) => {
    const signed = {
      ...event,
      id: hashes[i]!.toString('hex'),
      sig: signatures[i]!.toString('hex')
    }
    remember(claimWith(hashes[i]!, signed))
    return signed
  })
}

function unsignedEvent(template: EventTemplate, pubkey: string): NostrEvent {
  const { created_at, kind, content } = template
  const event = { id: '0'.repeat(64), pubkey, created_at, kind, tags: [] as string[][], content }
  const unsigned = { ...event, sig: '0'.repeat(128) }
  if (Array.isArray(template.tags)) unsigned.tags = template.tags.map((tag) => [...tag])
  if (isNostrEvent(unsigned)) return unsigned
  throw new HypertunaError(
    'BAD_REQUEST',
    `This is no event, or larger than ${MAX_EVENT_BYTES} bytes; shorten it or leave out files`
  )
}

/**
 * Whether an event from anyone is what its author signed: shape, size, id and
 * signature. Signatures that held are remembered, so that asking again is cheap.
 */
export function verifyEvent(event: unknown): event is NostrEvent {
  if (!isNostrEvent(event)) return false
  const claim = claimOf(event)
  if (claim === null) return false
  if (isRemembered(claim)) return true
  if (!verifyHash(claim.subarray(0, 32), claim.subarray(64), claim.subarray(32, 64))) return false
  remember(claim)
  return true
}

/**
 * What an event says that its signature proves: hash, pubkey and signature, for who
 * checks it elsewhere. Null when its id is not its hash.
 */
export function claimOf(event: NostrEvent): Uint8Array | null {
  const hash = hashOf(event)
  if (hash.toString('hex') !== event.id) return null
  return claimWith(hash, event)
}

function claimWith(hash: Uint8Array, { pubkey, sig }: NostrEvent): Uint8Array {
  return Buffer.concat([hash, Buffer.from(pubkey, 'hex'), Buffer.from(sig, 'hex')])
}

/** Whether this very signature of this very event held before. */
export const isRemembered = (claim: Uint8Array): boolean => verified.has(claim)

/** Keeps that an event's signature held, for a while. */
export const remember = (claim: Uint8Array): void => verified.keep(claim)

const vouched = makeAside<NostrEvent, true>()

/** Takes an event that was checked for good as it is: this very object, which nobody changes any more. */
export function vouchFor(event: NostrEvent): void {
  vouched.set(event, true)
}

export const isVouchedFor = (event: NostrEvent): boolean => vouched.get(event) === true

/**
 * A Schnorr signature (64 bytes) over sha256 of `bytes`.
 *
 * @throws {HypertunaError} BAD_IDENTITY
 */
export function signMessage(bytes: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return signHash(sha256(bytes), secretKey)
}

/** Whether `sig` is `pubkey`'s (64 hex) over sha256 of `bytes`. */
export function verifyMessage(bytes: Uint8Array, sig: Uint8Array, pubkey: string): boolean {
  return isHex32(pubkey) && verifyHash(sha256(bytes), sig, Buffer.from(pubkey, 'hex'))
}

/**
 * Seals a text (1 byte or more) for another key, NIP-44 version 2.
 *
 * @throws {HypertunaError} BAD_REQUEST for a key or a text that cannot be used
 */
export function sealTo(secretKey: Uint8Array, recipientPubkey: string, text: string): string {
  const nonce = new Uint8Array(32)
  sodium.randombytes_buf(nonce)
  try {
    return encrypt(text, getConversationKey(secretKey, recipientPubkey), nonce)
  } catch (cause) {
    throw new HypertunaError('BAD_REQUEST', 'This cannot be sealed for that key', { cause })
  }
}

/**
 * Opens what `senderPubkey` sealed for this key.
 *
 * @throws {HypertunaError} BAD_REQUEST for anything else
 */
export function unseal(secretKey: Uint8Array, senderPubkey: string, payload: string): string {
  if (typeof payload !== 'string' || payload.length > MAX_SEALED) {
    throw new HypertunaError('BAD_REQUEST', 'Nothing that was sealed is this large')
  }
  try {
    return decrypt(payload, conversationKey(secretKey, senderPubkey))
  } catch (cause) {
    throw new HypertunaError('BAD_REQUEST', 'This was not sealed for this key', { cause })
  }
}

/** By our key and theirs: to find one takes milliseconds, and each group asks for the same ones. */
const conversations = new WeakMap<Uint8Array, Map<string, Uint8Array>>()
const CONVERSATIONS = 64

function conversationKey(secretKey: Uint8Array, pubkey: string): Uint8Array {
  let known = conversations.get(secretKey)
  if (known === undefined) conversations.set(secretKey, (known = new Map()))
  let key = known.get(pubkey)
  if (key === undefined) {
    key = getConversationKey(secretKey, pubkey)
    if (known.size >= CONVERSATIONS) known.clear()
    known.set(pubkey, key)
  }
  return key
}

/** The value of the first tag of that name. */
export function tagValue(event: Pick<NostrEvent, 'tags'>, name: string): string | undefined {
  return event.tags.find((tag) => tag[0] === name)?.[1]
}

/** The values of all tags of that name, in their order. */
export function tagValues(event: Pick<NostrEvent, 'tags'>, name: string): string[] {
  return event.tags.flatMap((tag) => (tag[0] === name && tag[1] !== undefined ? [tag[1]] : []))
}

/**
 * Whether a value from anyone has an event's shape: the seven fields and no
 * others, of the right types, well-formed text, at most MAX_EVENT_BYTES.
 */
export function isNostrEvent(value: unknown): value is NostrEvent {
  if (typeof value !== 'object' || value === null) return false
  const event = value as Record<string, unknown>
  return (
    isHex32(event['id']) &&
    isHex32(event['pubkey']) &&
    typeof event['sig'] === 'string' &&
    SIGNATURE.test(event['sig']) &&
    isCount(event['created_at'], Number.MAX_SAFE_INTEGER) &&
    isCount(event['kind'], MAX_KIND) &&
    isText(event['content']) &&
    isTags(event['tags']) &&
    Object.keys(event).length === NAMES.size &&
    isWithinSize(event as unknown as NostrEvent)
  )
}

/** What is wrong with what `isNostrEvent` takes for none, for who sent it. */
export function flawOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'an event is an object'
  const event = value as Record<string, unknown>
  if (!isHex32(event['id'])) return 'id is 64 lowercase hex digits'
  if (!isHex32(event['pubkey'])) return 'pubkey is 64 lowercase hex digits'
  if (typeof event['sig'] !== 'string' || !SIGNATURE.test(event['sig'])) {
    return 'sig is 128 lowercase hex digits'
  }
  if (!isCount(event['created_at'], Number.MAX_SAFE_INTEGER)) return 'created_at is whole seconds'
  if (!isCount(event['kind'], MAX_KIND)) return `kind is a whole number up to ${MAX_KIND}`
  const fields = Object.keys(event)
  const others = fields.filter((name) => !NAMES.has(name))
  if (others.length > 0) return `unknown field ${JSON.stringify(others[0]!.slice(0, 32))}`
  if (typeof event['content'] !== 'string') return 'content is a text'
  const tooLarge = `an event has at most ${MAX_EVENT_BYTES} bytes`
  if (event['content'].length > MAX_EVENT_BYTES) return tooLarge
  if (!isText(event['content'])) return 'content has half a character (a lone surrogate)'
  return isTags(event['tags']) ? tooLarge : 'tags are lists of one text or more'
}

/** By counting, which is enough for most; only what may be too large is written out. */
function isWithinSize(event: NostrEvent): boolean {
  let units = event.content.length
  for (const tag of event.tags) {
    units += 1
    for (const text of tag) units += text.length + 1
  }
  if (units * MAX_UNIT_BYTES + AROUND <= MAX_EVENT_BYTES) return true
  return Buffer.byteLength(JSON.stringify(event)) <= MAX_EVENT_BYTES
}

function isCount(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
}

// Half a surrogate pair has no UTF-8, so two programs could see two ids in it.
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_EVENT_BYTES && value.isWellFormed()
}

function isTags(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > MAX_EVENT_BYTES / 4) return false
  return value.every(
    (tag) =>
      Array.isArray(tag) && tag.length > 0 && tag.length <= MAX_EVENT_BYTES / 3 && tag.every(isText)
  )
}

function hashOf(event: NostrEvent): Buffer {
  return sha256(Buffer.from(serializeEvent({ ...event })))
}
