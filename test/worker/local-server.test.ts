import test from 'brittle'
import type { Assert } from 'brittle'
import type { RelayFiles } from '../../worker/relays/relay-files.ts'
import type { Drive } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import { LocalServer } from '../../worker/serve/local-server.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import { Capabilities, SLOT } from '../../worker/serve/capability.ts'
import { ask, askSlowly, codeOf, type Ask, type Reply } from '../gateway/client.ts'
import { makeBytes, openDrive, RELAY, sha256, source } from './drive-fixture.ts'

const SIZE = 3_000_001
const MEMBER = generateSecretKey()
const ID = formatPublicIdentifier('7'.repeat(64), 'holidays')

interface Scene {
  server: LocalServer
  drive: Drive
  bytes: Uint8Array
  hash: string
  deleted: Set<string>
  get: (options?: Ask, name?: string) => Promise<Reply>
}

async function scene(
  t: Assert,
  access: RelayFiles['access'] = 'open',
  fileKey: Uint8Array | null = null
): Promise<Scene> {
  const drive = await openDrive(t, await t.tmp())
  const bytes = makeBytes(SIZE)
  const metadata = {
    mime: 'image/png',
    name: 'été.png',
    size: SIZE,
    piecesRoot: null,
    eventId: null
  }
  const { hash } = await drive.storeFile({
    relayKey: RELAY,
    fileHash: null,
    metadata,
    source: source(bytes)
  })
  const missing = sha256(Buffer.from('not here'))
  const deleted = new Set<string>()
  const file = { url: null, mime: 'image/png', name: 'été.png', size: SIZE, path: null }
  const event = { id: '', pubkey: '', created_at: 0, kind: 1063, tags: [], content: '', sig: '' }
  const relay: RelayFiles = {
    relayKey: RELAY,
    publicIdentifier: ID,
    access,
    fileKey,
    gateways: [],
    record: (name) => {
      const known = name === hash || name === missing
      return Promise.resolve(
        known ? { file: { ...file, hash: name, piecesRoot: null }, event } : null
      )
    },
    providers: () => Promise.resolve([]),
    isMember: (pubkey) => Promise.resolve(pubkey === getPublicKey(MEMBER)),
    isDeleted: (name) => Promise.resolve(deleted.has(name))
  }
  const find = (id: string): RelayFiles | null => (id === ID ? relay : null)
  const server = new LocalServer({ port: 0, find, drive, log: silent })
  t.teardown(() => server.close(), { order: -1 })
  await server.ready()
  const get: Scene['get'] = (options, name = hash) =>
    ask(`http://127.0.0.1:${server.port}/drive/${ID}/${name}`, options)
  return { server, drive, bytes, hash, deleted, get }
}

test('files of the own drive, with ranges and conditions', async (t) => {
  const { get, bytes, hash } = await scene(t)
  const got = await get()
  t.is(got.status, 200)
  t.ok(got.complete && got.body.equals(Buffer.from(bytes)))
  t.is(got.headers['content-type'], 'image/png')
  t.is(got.headers['x-content-type-options'], 'nosniff')
  t.is(got.headers['cross-origin-resource-policy'], 'same-site')
  const head = await get({ method: 'HEAD' })
  t.is(head.status, 200)
  t.is(head.headers['content-length'], String(SIZE))
  t.is(head.body.byteLength, 0)
  const part = await get({ headers: { range: 'bytes=65530-65545' } })
  t.is(part.status, 206)
  t.ok(part.body.equals(Buffer.from(bytes).subarray(65530, 65546)))
  t.is((await get({ headers: { range: `bytes=${SIZE}-` } })).status, 416)
  t.is((await get({ headers: { 'if-none-match': `"${hash}"` } })).status, 304)
  t.is((await get({}, `${hash}.png?download`)).status, 200)
})

test('what is not there', async (t) => {
  const { get, server, deleted } = await scene(t)
  const absent = sha256(Buffer.from('nothing'))
  t.is((await get({}, absent)).status, 404)
  deleted.add(absent)
  t.is((await get({}, absent)).status, 410)
  const late = await get({}, sha256(Buffer.from('not here')))
  t.is(late.status, 503)
  t.is(codeOf(late), 'NOT_HELD')
  t.is((await get({ path: `/drive/${ID}/../../secret` })).status, 400)
  t.is((await get({ method: 'PUT' })).headers['allow'], 'GET, HEAD, OPTIONS')
  const base = `http://127.0.0.1:${server.port}`
  const stranger = formatPublicIdentifier('8'.repeat(64), 'x')
  t.is(codeOf(await ask(`${base}/drive/${stranger}/${absent}`)), 'UNKNOWN_RELAY')
  t.is((await ask(`${base}/`)).status, 404)
})

test('pages of the web are kept out', async (t) => {
  const { get, server } = await scene(t)
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { host: 'evil.example' },
    { host: `evil.example:${server.port}` },
    { host: '127.0.0.1:1' }
  ]
  for (const headers of foreign) {
    const got = await get({ headers })
    t.is(got.status, 403, JSON.stringify(headers))
    t.is(got.headers['access-control-allow-origin'], undefined)
  }
  const origin = 'http://127.0.0.1:4321'
  const own = await get({ headers: { origin, 'sec-fetch-site': 'same-site' } })
  t.is(own.status, 200)
  t.is(own.headers['access-control-allow-origin'], origin, 'a page of this computer may read')
  const preflight = await get({ method: 'OPTIONS', headers: { origin } })
  t.is(preflight.status, 204)
  t.is(preflight.headers['access-control-allow-origin'], origin)
  t.is((await get()).headers['access-control-allow-origin'], undefined)
})

test('the next port when one is taken', async (t) => {
  const { server, drive } = await scene(t)
  const { port } = server
  const second = new LocalServer({ port, find: () => null, drive, log: silent })
  t.teardown(() => second.close(), { order: -1 })
  await second.ready()
  t.ok(second.port !== port && second.port > 0, `${port} is taken, ${second.port} is not`)
})

test('a client that goes away harms nobody, and close ends all', async (t) => {
  const { get, server, hash } = await scene(t)
  const { res, leave } = await askSlowly(`http://127.0.0.1:${server.port}/drive/${ID}/${hash}`)
  res.pause()
  leave()
  t.is((await get()).status, 200)
  const open = await askSlowly(`http://127.0.0.1:${server.port}/drive/${ID}/${hash}`)
  open.res.pause()
  await server.close()
  await t.exception(get(), 'nobody listens any more')
  open.leave()
})

test('a capability is for one relay, one run and some hours', (t) => {
  let at = 1_700_000_000
  const ours = new Capabilities(() => at)
  const cap = ours.capabilityFor(RELAY)
  t.ok(ours.admits(RELAY, cap))
  t.is(ours.capabilityFor(RELAY), cap, 'the same link again')
  t.absent(ours.admits('f'.repeat(64), cap), 'another relay')
  t.absent(new Capabilities(() => at).admits(RELAY, cap), 'another run')
  const [expires = '', signature = ''] = cap.split('.')
  t.absent(ours.admits(RELAY, `${Number(expires) + 1}.${signature}`), 'a later end')
  for (const junk of ['', '.', cap.slice(1), cap.slice(0, -1), cap + '0', `-1.${signature}`]) {
    t.absent(ours.admits(RELAY, junk), junk)
  }
  at += SLOT
  t.ok(ours.admits(RELAY, cap))
  t.not(ours.capabilityFor(RELAY), cap, 'a newer link')
  at += SLOT
  t.absent(ours.admits(RELAY, cap), 'over')
})

test('an encrypted relay is private, whatever it calls itself', async (t) => {
  const { server, get, hash } = await scene(t, 'closed', new Uint8Array(32))
  t.is((await get()).status, 401)
  const linked = await get({ path: `/drive/${ID}/${hash}?cap=${server.capabilityFor(RELAY)}` })
  t.is(linked.status, 200)
  t.ok(String(linked.headers['cache-control']).includes('private'), 'and kept by nobody')
})

test('files of a private relay: by our own link, or by a member who signs', async (t) => {
  const { server, get, hash } = await scene(t, 'private')
  const path = `/drive/${ID}/${hash}`
  const none = await get()
  t.is(none.status, 401)
  t.is(none.headers['www-authenticate'], 'Nostr')
  t.is((await get({}, sha256(Buffer.from('nothing')))).status, 401, 'whether it is there or not')
  const linked = await get({ path: `${path}?cap=${server.capabilityFor(RELAY)}` })
  t.is(linked.status, 200)
  t.ok(String(linked.headers['cache-control']).includes('private'))
  const others = server.capabilityFor('f'.repeat(64))
  t.is((await get({ path: `${path}?cap=${others}` })).status, 401)

  const now = Math.floor(Date.now() / 1000)
  const url = `http://127.0.0.1:${server.port}${path}`
  const asked = [
    ['u', url],
    ['method', 'GET']
  ]
  const later = ['expiration', String(now + 60)]
  const blob = [['t', 'get'], later]
  const byEvent = async (
    kind: number,
    tags: string[][],
    { at = now, by = MEMBER, encoding = 'base64' as BufferEncoding } = {}
  ): Promise<number> => {
    const event = signEvent({ kind, created_at: at, tags, content: '' }, by)
    const token = Buffer.from(JSON.stringify(event)).toString(encoding)
    return (await get({ headers: { authorization: `Nostr ${token}` } })).status
  }
  t.is(await byEvent(27235, asked), 200, 'NIP-98')
  t.is(await byEvent(27235, asked, { by: generateSecretKey() }), 403, 'no member')
  t.is(await byEvent(27235, asked, { at: now - 120 }), 401, 'late')
  t.is(
    await byEvent(27235, [
      ['u', `${url}?x=1`],
      ['method', 'GET']
    ]),
    401,
    'another address'
  )
  t.is(
    await byEvent(27235, [
      ['u', url],
      ['method', 'PUT']
    ]),
    401,
    'another method'
  )
  t.is(await byEvent(24242, blob), 200, 'Blossom')
  t.is(await byEvent(24242, blob, { encoding: 'base64url' }), 200)
  t.is(await byEvent(24242, [...blob, ['x', hash], ['server', '127.0.0.1']]), 200)
  t.is(await byEvent(24242, [...blob, ['x', 'f'.repeat(64)]]), 401, 'another file')
  t.is(await byEvent(24242, [...blob, ['server', 'example.com']]), 401, 'another server')
  t.is(await byEvent(24242, [['t', 'upload'], later]), 401, 'another verb')
  t.is(await byEvent(24242, [['t', 'get']]), 401, 'no end')
  t.is(
    await byEvent(24242, [
      ['t', 'get'],
      ['expiration', String(now - 1)]
    ]),
    401,
    'over'
  )
  t.is(await byEvent(22242, asked), 401, 'another kind')
  for (const authorization of ['Nostr', 'Nostr x', 'Bearer abc', `Nostr ${'a'.repeat(9000)}`]) {
    t.is((await get({ headers: { authorization } })).status, 401)
  }
})
