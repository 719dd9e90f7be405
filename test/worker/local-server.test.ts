import test from 'brittle'
import type { Assert } from 'brittle'
import type { RelayFiles } from '../../worker/relays/relay-files.ts'
import type { Drive } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import { LocalServer } from '../../worker/serve/local-server.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { ask, askSlowly, codeOf, type Ask, type Reply } from '../gateway/client.ts'
import { makeBytes, openDrive, RELAY, sha256, source } from './drive-fixture.ts'

const SIZE = 3_000_001
const ID = formatPublicIdentifier('7'.repeat(64), 'holidays')

interface Scene {
  server: LocalServer
  drive: Drive
  bytes: Uint8Array
  hash: string
  deleted: Set<string>
  get: (options?: Ask, name?: string) => Promise<Reply>
}

async function scene(t: Assert): Promise<Scene> {
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
    access: 'open',
    fileKey: null,
    record: (name) => {
      const known = name === hash || name === missing
      return Promise.resolve(
        known ? { file: { ...file, hash: name, piecesRoot: null }, event } : null
      )
    },
    providers: () => Promise.resolve([]),
    isMember: () => Promise.resolve(true),
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
