import 'bare-encoding/global'
import test, { type Assert } from 'brittle'
import sodium from 'sodium-universal'
import { npubEncode } from 'nostr-tools/nip19'
import { HypertunaError } from '../../protocol/errors.ts'
import {
  aliasFrom,
  extensionFor,
  fileLink,
  formatPublicIdentifier,
  isAlias,
  isHex32,
  npubOf,
  parseFileName,
  parsePublicIdentifier
} from '../../protocol/ids.ts'
import { mimeFor, plainMime } from '../../protocol/mime.ts'
import { relayTopic } from '../../protocol/topic.ts'

// The pair of NIP-19's own text.
const PUBKEY = '7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e'
const NPUB = 'npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg'
const HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

test('64 lowercase hex, and nothing else', (t) => {
  t.ok(isHex32(HASH))
  const others = [HASH.toUpperCase(), HASH.slice(1), `${HASH}0`, `${HASH}\n`, `g${HASH.slice(1)}`]
  for (const other of [...others, '', null, undefined, 1, [HASH]]) t.absent(isHex32(other))
})

test('an alias has a-z, 0-9 and hyphens, 1 to 63, and does not begin with a hyphen', (t) => {
  for (const alias of ['a', '0', 'a-b', 'a-', 'a'.repeat(63)]) t.ok(isAlias(alias), alias)
  const others = ['', '-a', 'A', 'a_b', 'a b', 'a/b', '../a', 'a.b', 'é', 'a\n', 'a'.repeat(64)]
  for (const alias of [...others, null, 5]) t.absent(isAlias(alias), JSON.stringify(alias))
})

test('a display name becomes an alias', (t) => {
  t.is(aliasFrom('Été à Zürich!'), 'ete-a-zurich')
  t.is(aliasFrom('  Book Club 2026 '), 'book-club-2026')
  t.is(aliasFrom('a/../b'), 'a-b')
  t.is(aliasFrom('--x--'), 'x')
  t.is(aliasFrom('ﬁne'), 'fine')
  t.is(aliasFrom('読書会'), 'group')
  t.is(aliasFrom(''), 'group')
  t.is(aliasFrom('x'.repeat(100)), 'x'.repeat(63))
  t.is(aliasFrom(`${'x'.repeat(62)} y`), 'x'.repeat(62), 'a cut leaves no hyphen at the end')
  for (const name of ['😀', '\ud800', 'a\u0000b', '🏳️‍🌈 club', 'İstanbul', '-'.repeat(2000)]) {
    t.ok(isAlias(aliasFrom(name)), JSON.stringify(name))
  }
})

test('a public identifier is read as people and URLs write it', (t) => {
  const expected = {
    publicIdentifier: `${NPUB}:book-club`,
    npub: NPUB,
    pubkey: PUBKEY,
    alias: 'book-club'
  }
  for (const mark of [':', '%3A', '%3a', '/']) {
    t.alike(parsePublicIdentifier(`${NPUB}${mark}book-club`), expected, mark)
  }
})

test('what is no public identifier is refused', (t) => {
  const swapped = NPUB.slice(0, 10) + NPUB[11] + NPUB[10] + NPUB.slice(12)
  const texts = [
    '',
    NPUB,
    `${NPUB}:`,
    `:${NPUB}`,
    `${NPUB}:A`,
    `${NPUB}:../etc`,
    `${NPUB}:a/b`,
    `${NPUB}:a:b`,
    `${NPUB}::a`,
    `${NPUB}:%2e%2e`,
    `${NPUB}:a\n`,
    `${NPUB}:${'a'.repeat(64)}`,
    `${NPUB.toUpperCase()}:a`,
    `${NPUB.slice(0, -1)}:a`,
    `${NPUB}q:a`,
    `${swapped}:a`,
    `${NPUB.replace('npub', 'nsec')}:a`,
    `npub1${'b'.repeat(58)}:a`,
    `${PUBKEY}:a`,
    'x'.repeat(1_000_000)
  ]
  for (const text of texts) refused(t, () => parsePublicIdentifier(text), text.slice(0, 80))
  for (const value of [null, undefined, 5, {}]) {
    refused(t, () => parsePublicIdentifier(value as unknown as string), String(value))
  }
})

test('bits that pad an npub are zero', (t) => {
  // A valid checksum over 52 words whose last bits are not: only the padding is wrong.
  t.is(withPadding(PUBKEY, 0), NPUB)
  refused(t, () => parsePublicIdentifier(`${withPadding(PUBKEY, 15)}:a`), 'padding')
})

test('npubs agree with nostr-tools', (t) => {
  t.is(npubOf(PUBKEY), NPUB)
  const bytes = Buffer.alloc(32)
  for (let i = 0; i < 200; i++) {
    sodium.randombytes_buf(bytes)
    const hex = bytes.toString('hex')
    const identifier = formatPublicIdentifier(hex, 'a')
    if (identifier !== `${npubEncode(hex)}:a`) t.fail(hex)
    if (parsePublicIdentifier(identifier).pubkey !== hex) t.fail(hex)
  }
  t.is(npubOf('0'.repeat(64)), npubEncode('0'.repeat(64)))
  t.is(npubOf('f'.repeat(64)), npubEncode('f'.repeat(64)))
})

test('a public identifier is not made of what could not be read', (t) => {
  t.is(formatPublicIdentifier(PUBKEY, 'book-club'), `${NPUB}:book-club`)
  refused(t, () => formatPublicIdentifier(PUBKEY, '../x'))
  refused(t, () => formatPublicIdentifier(PUBKEY.toUpperCase(), 'x'))
  refused(t, () => npubOf('x'))
})

test("a relay's topic is BLAKE2b-256 of its prefix and identifier", (t) => {
  const topic = Buffer.from(relayTopic(`${NPUB}:book-club`))
  const expected = Buffer.alloc(32)
  sodium.crypto_generichash_batch(expected, [
    Buffer.from('hypertuna-relay/1'),
    Buffer.from(`${NPUB}:book-club`)
  ])
  t.is(topic.toString('hex'), expected.toString('hex'))
  // Computed with another implementation; a change here cuts members off from each other.
  t.is(topic.toString('hex'), '4224a8067d70c5e10454f43c689d44d0ccc2cf66bfe5e31b1a5fa90388b95425')
  t.not(Buffer.from(relayTopic(`${NPUB}:book-clubs`)).toString('hex'), expected.toString('hex'))
})

test('a file name in a URL', (t) => {
  t.alike(parseFileName(HASH), { hash: HASH, ext: null })
  t.alike(parseFileName(`${HASH}.png`), { hash: HASH, ext: 'png' })
  t.alike(parseFileName(`${HASH}.JPG`), { hash: HASH, ext: 'jpg' })
  t.alike(parseFileName(`${HASH}.tar.gz`), { hash: HASH, ext: 'tar.gz' })
  const others = [
    '',
    '.png',
    HASH.toUpperCase(),
    HASH.slice(1),
    `${HASH}.`,
    `${HASH}.png.`,
    `${HASH}.p/g`,
    `${HASH}..png`,
    `${HASH}.png\n`,
    `${HASH}.é`,
    `${HASH}.${'x'.repeat(17)}`,
    `${HASH}.a.b.c`,
    `../${HASH}`,
    `${HASH}/x`
  ]
  for (const text of others) refused(t, () => parseFileName(text), text)
  refused(t, () => parseFileName(null as unknown as string))
})

test('the extension of a link comes from the name, else from the type', (t) => {
  t.is(extensionFor('image/png', 'Photo.JPEG'), 'jpeg')
  t.is(extensionFor('image/png', 'photo'), 'png')
  t.is(extensionFor('image/jpeg', null), 'jpg')
  t.is(extensionFor('text/plain; charset=utf-8', null), 'txt')
  t.is(extensionFor('Video/MP4', ''), 'mp4')
  t.is(extensionFor(null, 'archive.tar.gz'), 'gz')
  t.is(extensionFor(null, '.profile'), null)
  t.is(extensionFor(null, 'README'), null)
  t.is(extensionFor(null, 'x.p/g'), null)
  t.is(extensionFor(null, 'x.'), null)
  t.is(extensionFor('application/octet-stream', null), null)
  t.is(extensionFor('constructor', '__proto__'), null)
  t.is(extensionFor(null, `x.${'y'.repeat(11)}`), null)
  t.is(extensionFor(null, null), null)
})

test('every link can be read back', (t) => {
  for (const name of ['a.png', 'b', 'c.JPEG', 'd.tar.gz', 'é.7z']) {
    const link = fileLink(null, `${NPUB}:x`, HASH, extensionFor(null, name))
    t.is(parseFileName(link.slice(link.lastIndexOf('/') + 1)).hash, HASH)
  }
})

test('links', (t) => {
  const id = `${NPUB}:x`
  t.is(fileLink('https://g.example', id, HASH, 'png'), `https://g.example/drive/${id}/${HASH}.png`)
  t.is(fileLink('https://g.example//', id, HASH, null), `https://g.example/drive/${id}/${HASH}`)
  t.is(fileLink('http://h/base/', id, HASH, null), `http://h/base/drive/${id}/${HASH}`)
  t.is(fileLink(null, id, HASH, 'png'), `hypertuna://${id}/${HASH}.png`)
  t.is(fileLink(null, id, HASH, null), `hypertuna://${id}/${HASH}`)
})

test('types', (t) => {
  t.is(mimeFor('a.PNG'), 'image/png')
  t.is(mimeFor('notes.md'), 'text/markdown')
  t.is(mimeFor('README'), null)
  t.is(mimeFor('a.unheard'), null)
  t.is(mimeFor('a.constructor'), null)
  t.is(plainMime('Image/PNG; q=1'), 'image/png')
  for (const none of ['', 'png', 'a/b/c', 'a /b', 'a/b\r\nX: y', '/', null, 5, 'x'.repeat(999)]) {
    t.is(plainMime(none), null)
  }
})

function refused(t: Assert, run: () => unknown, message?: string): void {
  try {
    run()
    t.fail(message)
  } catch (err) {
    t.is(err instanceof HypertunaError && err.code, 'BAD_REQUEST', message)
  }
}

/** The npub of a key with these four padding bits, and a checksum that is right for them. */
function withPadding(hex: string, bits: number): string {
  const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
  const words = Array.from(npubOf(hex).slice(5, 57), (char) => alphabet.indexOf(char))
  words[51]! |= bits
  const prefix = Array.from('npub', (char) => char.charCodeAt(0))
  const all = [...prefix.map((c) => c >> 5), 0, ...prefix.map((c) => c & 31), ...words]
  let sum = 1
  for (const word of [...all, 0, 0, 0, 0, 0, 0]) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ word
    const terms = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
    terms.forEach((term, i) => {
      if ((top >> i) & 1) sum ^= term
    })
  }
  sum ^= 1
  for (let i = 0; i < 6; i++) words.push((sum >>> (5 * (5 - i))) & 31)
  return `npub1${words.map((word) => alphabet[word]).join('')}`
}
