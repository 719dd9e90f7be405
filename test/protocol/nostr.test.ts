import 'bare-crypto/global'
import 'bare-encoding/global'
import test, { type Assert } from 'brittle'
import * as reference from 'nostr-tools/pure'
import { HypertunaError, type ErrorCode } from '../../protocol/errors.ts'
import {
  MAX_EVENT_BYTES,
  generateSecretKey,
  getPublicKey,
  isNostrEvent,
  sealTo,
  signEvent,
  signMessage,
  tagValue,
  tagValues,
  unseal,
  verifyEvent,
  verifyMessage,
  type EventTemplate,
  type NostrEvent
} from '../../protocol/nostr.ts'
import { signHash, verifyHash } from '../../protocol/schnorr.ts'

const secretKey = generateSecretKey()
const pubkey = getPublicKey(secretKey)

const template: EventTemplate = {
  created_at: 1_700_000_000,
  kind: 9,
  tags: [['h', 'book-club'], ['x', 'one'], ['x', 'two'], ['-']],
  content: 'grüße 😀\n"quoted" \\ \u0001 \u2028 </script>'
}

test('an event signed here holds elsewhere, and the other way round', (t) => {
  const ours = signEvent(template, secretKey)
  t.ok(reference.verifyEvent(structuredClone(ours)))
  t.ok(verifyEvent(ours))
  t.is(ours.pubkey, pubkey)
  const theirs = reference.finalizeEvent(structuredClone(template), secretKey)
  t.is(theirs.id, ours.id)
  t.ok(verifyEvent(JSON.parse(JSON.stringify(theirs))))
  t.is(reference.getPublicKey(secretKey), pubkey)
})

test('signing leaves the template alone and shares nothing with it', (t) => {
  const given = structuredClone(template)
  const event = signEvent(given, secretKey)
  t.alike(given, template)
  given.tags[0]![1] = 'other'
  t.ok(verifyEvent(event))
})

test('what would be no event is not signed', (t) => {
  const bad: Partial<Record<keyof EventTemplate, unknown>>[] = [
    { kind: -1 },
    { kind: 65536 },
    { kind: 1.5 },
    { created_at: -1 },
    { created_at: NaN },
    { content: 5 },
    { content: '\ud800' },
    { content: 'x'.repeat(MAX_EVENT_BYTES) },
    { tags: [[]] },
    { tags: [['a', 1]] }
  ]
  for (const change of bad) {
    const event = { ...template, ...change } as EventTemplate
    throwsCode(
      t,
      'BAD_REQUEST',
      () => signEvent(event, secretKey),
      JSON.stringify(change).slice(0, 40)
    )
  }
})

test('a secret key that is none is refused', (t) => {
  const order = Buffer.from(
    'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
    'hex'
  )
  for (const key of [Buffer.alloc(32), Buffer.alloc(31, 1), Buffer.alloc(33, 1), order]) {
    throwsCode(t, 'BAD_IDENTITY', () => getPublicKey(key))
    throwsCode(t, 'BAD_IDENTITY', () => signMessage(Buffer.alloc(1), key))
  }
  t.unlike(generateSecretKey(), generateSecretKey())
  t.is(generateSecretKey().byteLength, 32)
})

test('a change in any field is noticed', (t) => {
  const event = signEvent(template, secretKey)
  t.ok(verifyEvent(event))
  const changes: Partial<NostrEvent>[] = [
    { content: 'other' },
    { kind: 10 },
    { created_at: 1 },
    { tags: [] },
    { pubkey: getPublicKey(generateSecretKey()) },
    { id: '0'.repeat(64) },
    { sig: flip(event.sig) },
    { sig: '0'.repeat(128) },
    { sig: 'f'.repeat(128) }
  ]
  for (const change of changes) {
    t.absent(verifyEvent({ ...event, ...change }), JSON.stringify(change).slice(0, 40))
  }
  t.ok(verifyEvent(event), 'and the right one still holds')
})

test('a signature by someone else does not hold, even with the right id', (t) => {
  const other = generateSecretKey()
  const event = signEvent(template, secretKey)
  const sig = signHash(Buffer.from(event.id, 'hex'), other).toString('hex')
  t.absent(verifyEvent({ ...event, sig }))
})

test('a pubkey that is no point on the curve does not throw', (t) => {
  const event = signEvent(template, secretKey)
  const off = { ...event, pubkey: 'f'.repeat(64) }
  off.id = reference.getEventHash(off)
  t.absent(verifyEvent(off))
})

test('what was verified is remembered for its very signature alone', (t) => {
  const event = signEvent(template, secretKey)
  t.ok(verifyEvent(event))
  t.ok(verifyEvent({ ...event }))
  t.absent(verifyEvent({ ...event, sig: flip(event.sig) }))
  const again = signEvent(template, secretKey)
  t.is(again.id, event.id)
  t.not(again.sig, event.sig, 'randomness goes into each signature')
  t.ok(verifyEvent(again))
})

test('the shape of an event is strict', async (t) => {
  const event = signEvent(template, secretKey)
  t.ok(isNostrEvent(event))
  const wrong: [string, unknown][] = [
    ['null', null],
    ['text', 'x'],
    ['list', [event]],
    ['nothing', {}],
    ['one field more', { ...event, extra: 1 }],
    ['uppercase id', { ...event, id: event.id.toUpperCase() }],
    ['short pubkey', { ...event, pubkey: event.pubkey.slice(1) }],
    ['short sig', { ...event, sig: event.sig.slice(2) }],
    ['sig no text', { ...event, sig: 5 }],
    ['negative time', { ...event, created_at: -1 }],
    ['time in text', { ...event, created_at: '1' }],
    ['fraction of a second', { ...event, created_at: 1.5 }],
    ['endless time', { ...event, created_at: Infinity }],
    ['kind too large', { ...event, kind: 65536 }],
    ['content missing', { ...event, content: undefined }],
    ['tags no list', { ...event, tags: {} }],
    ['tag no list', { ...event, tags: ['h'] }],
    ['empty tag', { ...event, tags: [[]] }],
    ['number in a tag', { ...event, tags: [['h', 1]] }],
    ['half a surrogate pair', { ...event, tags: [['h', '\udc00']] }]
  ]
  for (const [name, value] of wrong) {
    t.absent(isNostrEvent(value), name)
    t.absent(verifyEvent(value), name)
  }
  const { sig: _, ...unsigned } = event
  t.absent(isNostrEvent(unsigned), 'one field less')
  await t.execution(() => verifyEvent(Object.assign(Object.create(null), event)))
})

test('an event is at most 256 KiB, measured in UTF-8', (t) => {
  const event = signEvent({ ...template, tags: [], content: '' }, secretKey)
  const room = MAX_EVENT_BYTES - JSON.stringify(event).length
  t.ok(isNostrEvent({ ...event, content: 'x'.repeat(room) }))
  t.absent(isNostrEvent({ ...event, content: 'x'.repeat(room + 1) }))
  t.absent(isNostrEvent({ ...event, content: 'é'.repeat(room / 2 + 1) }))
  t.absent(isNostrEvent({ ...event, tags: Array.from({ length: 70000 }, () => ['']) }))
  t.absent(isNostrEvent({ ...event, tags: [['a', 'x'.repeat(MAX_EVENT_BYTES)]] }))
})

test('messages are signed over their sha256', (t) => {
  const bytes = Buffer.from('a message of any length')
  const sig = signMessage(bytes, secretKey)
  t.is(sig.byteLength, 64)
  t.ok(verifyMessage(bytes, sig, pubkey))
  t.absent(verifyMessage(Buffer.from('another'), sig, pubkey))
  t.absent(verifyMessage(bytes, sig, getPublicKey(generateSecretKey())))
  t.absent(verifyMessage(bytes, sig.subarray(1), pubkey))
  t.absent(verifyMessage(bytes, new Uint8Array(64), pubkey))
  t.absent(verifyMessage(bytes, sig, 'x'))
  t.absent(verifyMessage(bytes, sig, pubkey.toUpperCase()))
  t.unlike(signMessage(bytes, secretKey), sig, 'two signatures of one key differ')
})

test('the first vector of BIP-340', (t) => {
  const sig = Buffer.from(
    'E907831F80848D1069A5371B402410364BDF1C5F8307B0084C55F1CE2DCA8215' +
      '25F66A4A85EA8B71E482A74F382D2CE5EBEEE8FDB2172F477DF4900D310536C0',
    'hex'
  )
  const key = Buffer.alloc(32)
  key[31] = 3
  t.is(getPublicKey(key), 'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9')
  const hash = Buffer.alloc(32)
  t.ok(verifyHash(hash, sig, Buffer.from(getPublicKey(key), 'hex')))
  hash[0] = 1
  t.absent(verifyHash(hash, sig, Buffer.from(getPublicKey(key), 'hex')))
})

test('a sealed text opens for the two keys alone', (t) => {
  const friend = generateSecretKey()
  const friendKey = getPublicKey(friend)
  const sealed = sealTo(secretKey, friendKey, 'geheim 😀')
  t.is(unseal(friend, pubkey, sealed), 'geheim 😀')
  t.is(unseal(secretKey, friendKey, sealed), 'geheim 😀', 'who sealed it can open it')
  t.not(sealTo(secretKey, friendKey, 'geheim 😀'), sealed)
  throwsCode(t, 'BAD_REQUEST', () => unseal(generateSecretKey(), pubkey, sealed))
  throwsCode(t, 'BAD_REQUEST', () => unseal(friend, pubkey, flip(sealed)))
  for (const payload of ['', 'x', '#', 'A'.repeat(1000), 'A'.repeat(2 ** 20), null]) {
    throwsCode(t, 'BAD_REQUEST', () => unseal(friend, pubkey, payload as string))
  }
  throwsCode(t, 'BAD_REQUEST', () => unseal(friend, 'x', sealed))
  throwsCode(t, 'BAD_REQUEST', () => sealTo(secretKey, 'f'.repeat(64), 'text'))
  throwsCode(t, 'BAD_REQUEST', () => sealTo(secretKey, friendKey, ''))
})

test("NIP-44's own vector opens", (t) => {
  const one = Buffer.alloc(32)
  const two = Buffer.alloc(32)
  one[31] = 1
  two[31] = 2
  const payload =
    'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABee0G5VSK0/9YypIObAtDKfYEAjD35uVkHyB0F4DwrcNa' +
    'CXlCWZKaArsGrY6M9wnuTMxWfp1RTN9Xga8no+kF5Vsb'
  t.is(unseal(two, getPublicKey(one), payload), 'a')
})

test('tags', (t) => {
  t.is(tagValue(template, 'h'), 'book-club')
  t.is(tagValue(template, 'x'), 'one')
  t.is(tagValue(template, '-'), undefined)
  t.is(tagValue(template, 'none'), undefined)
  t.alike(tagValues(template, 'x'), ['one', 'two'])
  t.alike(tagValues(template, '-'), [])
})

test('the WASM leaves no trace in the globals', (t) => {
  t.is(typeof (globalThis as { Response?: unknown }).Response, 'undefined')
  t.ok(/native code/.test(Function.prototype.toString.call(webAssembly().instantiate)))
})

function webAssembly(): { instantiate: () => unknown } {
  return (globalThis as unknown as { WebAssembly: { instantiate: () => unknown } }).WebAssembly
}

/** The text with one character in its middle changed. */
function flip(text: string): string {
  const at = text.length >> 1
  return text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)
}

function throwsCode(t: Assert, code: ErrorCode, run: () => unknown, message?: string): void {
  try {
    run()
    t.fail(message ?? `should throw ${code}`)
  } catch (err) {
    t.is(err instanceof HypertunaError && err.code, code, message)
  }
}
