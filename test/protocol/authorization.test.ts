/** Events by which HTTP clients say in whose name they ask. */
import test from 'brittle'
import {
  againstFile,
  againstRequest,
  MAX_AUTHORIZATION,
  readAuthorization
} from '../../protocol/authorization.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'

const SECRET = generateSecretKey()
const ID = formatPublicIdentifier(getPublicKey(SECRET), 'field-notes')
const HASH = 'ab'.repeat(32)
const NOW = 1_800_000_000
const FILE = { publicIdentifier: ID, hash: HASH, now: NOW }
const PATH = `/drive/${ID}/${HASH}.png`
const URL = `https://gateway.example${PATH}?download`

const signed = (kind: number, tags: string[][], created_at = NOW): NostrEvent =>
  signEvent({ kind, created_at, tags, content: 'Get it' }, SECRET)

const blossom = (
  {
    t = ['get'],
    x = [HASH],
    expiration = (NOW + 60) as number | string,
    server = [] as string[]
  } = {},
  at = NOW - 5
): NostrEvent =>
  signed(
    24242,
    [
      ...t.map((verb) => ['t', verb]),
      ...x.map((hash) => ['x', hash]),
      ...server.map((name) => ['server', name]),
      ['expiration', String(expiration)]
    ],
    at
  )

const http = (u = URL, method = 'GET', at = NOW, more: string[][] = []): NostrEvent =>
  signed(27235, [['u', u], ['method', method], ...more], at)

function tokenOf(event: unknown, encoding: 'base64' | 'base64url'): string {
  const padded = Buffer.from(JSON.stringify(event)).toString('base64')
  if (encoding === 'base64') return padded
  return padded.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function refusal(header: string): string {
  try {
    readAuthorization(header)
    return ''
  } catch (err) {
    return HypertunaError.from(err).code
  }
}

test('a header is read in both forms of base64', (t) => {
  for (let i = 0; i < 8; i++) {
    // Of each length modulo three, with characters that the two alphabets write differently.
    const event = signEvent(
      { kind: 24242, created_at: i, tags: [], content: 'ÿ>?~'.repeat(i) },
      SECRET
    )
    for (const encoding of ['base64', 'base64url'] as const) {
      t.alike(readAuthorization(`Nostr ${tokenOf(event, encoding)}`), event)
    }
    t.alike(readAuthorization(`nostr  ${tokenOf(event, 'base64')} `), event)
  }
})

test('what is no validly signed event is unproven', (t) => {
  const event = blossom()
  const forged = { ...event, pubkey: getPublicKey(generateSecretKey()) }
  for (const header of [
    '',
    'Nostr',
    tokenOf(event, 'base64'),
    `Bearer ${tokenOf(event, 'base64')}`,
    `Nostr ${tokenOf(event, 'base64')} more`,
    'Nostr e30=',
    'Nostr ???',
    `Nostr ${tokenOf(forged, 'base64')}`,
    `Nostr ${tokenOf({ ...event, content: 'other' }, 'base64')}`,
    `Nostr ${'a'.repeat(MAX_AUTHORIZATION + 1)}`
  ]) {
    t.is(refusal(header), 'UNPROVEN', header.slice(0, 30))
  }
})

test('Blossom’s lets get the files that it names, in its time', (t) => {
  t.is(againstFile(blossom(), FILE), null)
  t.is(againstFile(blossom({ x: ['cd'.repeat(32), HASH] }), FILE), null)
  for (const [wrong, why] of [
    [blossom({ x: [] }), /does not name/],
    [blossom({ x: ['cd'.repeat(32)] }), /does not name/],
    [blossom({ t: ['upload'] }), /not for getting/],
    [blossom({ t: ['get', 'upload'] }), /not for getting/],
    [blossom({ t: [] }), /not for getting/],
    [blossom({ expiration: NOW }), /expired/],
    [blossom({ expiration: 'never' }), /expired/],
    [
      signed(24242, [
        ['t', 'get'],
        ['x', HASH]
      ]),
      /expired/
    ],
    [blossom({}, NOW + 61), /future/],
    [signed(1, [['x', HASH]]), /24242/]
  ] as const) {
    t.ok(why.test(againstFile(wrong, FILE) ?? ''), why.source)
  }
})

test('NIP-98’s lets get the file at its address, in its minute', (t) => {
  t.is(againstFile(http(), FILE), null)
  t.is(againstFile(http(URL.replace(`:field`, '%3Afield')), FILE), null)
  t.is(againstFile(http(URL, 'head', NOW - 60), FILE), null)
  for (const [wrong, why] of [
    [http(URL, 'GET', NOW - 61), /minute/],
    [http(URL, 'GET', NOW + 61), /minute/],
    [http(URL, 'DELETE'), /not for getting/],
    [http(URL.replace('ab', 'cd')), /does not name/],
    [http(URL.replace('field', 'other')), /does not name/],
    [http(`https://gateway.example/health#${PATH}`), /does not name/],
    [http(PATH), /does not name/],
    [http('https://gateway.example/'), /does not name/],
    [http(URL, 'GET', NOW, [['x', 'cd'.repeat(32)]]), /does not name/],
    [signed(27235, [['method', 'GET']]), /does not name/]
  ] as const) {
    t.ok(why.test(againstFile(wrong, FILE) ?? ''), why.source)
  }
})

test('an authorization is for one request, or for the servers that it names', (t) => {
  const asked = {
    method: 'GET',
    urls: [URL.replace('https', 'http'), URL],
    host: 'Gateway.example'
  }
  t.is(againstRequest(blossom(), asked), null)
  t.is(againstRequest(blossom({ server: ['a.example', 'gateway.example'] }), asked), null)
  t.ok(againstRequest(blossom({ server: ['a.example'] }), asked))
  t.is(againstRequest(http(), asked), null)
  t.ok(againstRequest(http(URL.replace('?download', '')), asked), 'the query counts')
  t.ok(againstRequest(http(URL.replace('gateway', 'other')), asked))
  t.ok(againstRequest(http(URL, 'HEAD'), asked))
  t.ok(againstRequest(signed(1, []), asked))
})
