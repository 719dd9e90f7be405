/** Blossom at the gateway, by nostr-tools' client and by hand. */
import 'bare-encoding/global'
import test from 'brittle'
import type { Assert } from 'brittle'
import http from 'bare-http1'
import tcp from 'bare-tcp'
import { BlossomClient } from 'nostr-tools/nipb7'
import type { Gateway } from '../../gateway/gateway.ts'
import type { GatewayLimits } from '../../gateway/limits.ts'
import { fileTags } from '../../protocol/file-event.ts'
import {
  generateSecretKey,
  getPublicKey,
  signEvent,
  type NostrEvent
} from '../../protocol/nostr.ts'
import { sha256 } from '../../protocol/sha256.ts'
import { now } from '../../worker/relays/group.ts'
import { localDht } from '../worker/member.ts'
import { NostrClient } from '../worker/nostr-client.ts'
import { arrived, randomFile, share, startWhole, together, type Whole } from '../worker/whole.ts'
import { blossom, headerOf, urlHeaderOf } from './authorize.ts'
import { ask, codeOf, type Ask } from './client.ts'
import { fileOf, installFetch } from './fetch.ts'
import { makeBytes, startGateway } from './fixture.ts'

installFetch()
const LONG = { timeout: 120_000 }

interface Scene {
  bootstrap: string[]
  members: Whole[]
  relayKey: string
  publicIdentifier: string
  gateway: Gateway
  /** The group's Blossom server. */
  base: string
}

async function scene(
  t: Assert,
  access: 'open' | 'closed' | 'private' = 'closed',
  count = 2,
  limits: Partial<GatewayLimits> = {}
): Promise<Scene> {
  const bootstrap = await localDht(t)
  const members: Whole[] = []
  for (let i = 0; i < count; i++) members.push(await startWhole(t, bootstrap))
  const [founder, ...others] = members
  const { relayKey } = await together(founder!, others, access)
  const group = founder!.worker.use().relays.get(relayKey)
  const publicIdentifier = group.relay.publicIdentifier ?? ''
  const config = { relays: [publicIdentifier] }
  const gateway = await startGateway(t, bootstrap, { limits: { look: 4000, ...limits }, config })
  if (access === 'private') await group.acts.editMetadata({ gateways: [gateway.gatewayKey] })
  const base = `${gateway.url}/${publicIdentifier}`
  return { bootstrap, members, relayKey, publicIdentifier, gateway, base }
}

/** The status of an upload whose head is written by hand, and whose body never comes. */
function statusOfRaw(base: string, lines: string): Promise<number> {
  const [, host = '', path = ''] = /^http:\/\/([^/]+)(.*)$/.exec(base) ?? []
  const socket = tcp.createConnection(Number(host.split(':')[1]), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`PUT ${path}/upload HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n\r\n`)
  return new Promise((resolve) => {
    socket.on('data', (bytes) => {
      resolve(Number(/^HTTP\/1.1 (\d+)/.exec(String(bytes))?.[1]))
      socket.destroy()
    })
    socket.on('close', () => resolve(0))
  })
}

const secretOf = ({ worker }: Whole): Uint8Array => worker.use().identity.secretKey
const hashOf = (bytes: Uint8Array): string => sha256(bytes).toString('hex')

const tokenFor = (
  verb: string,
  hash: string,
  by: Uint8Array,
  tags: string[][] = []
): NostrEvent => {
  const expiration = ['expiration', String(now() + 60)]
  const all = [['t', verb], ['x', hash], expiration, ...tags]
  return signEvent({ kind: 24242, created_at: now(), tags: all, content: verb }, by)
}

const signerOf = (by: Uint8Array): ConstructorParameters<typeof BlossomClient>[1] => ({
  getPublicKey: async () => getPublicKey(by),
  signEvent: async (template) => signEvent(template, by) as never
})

test(
  'nostr-tools uploads, reads and deletes, at the root and at the group’s address',
  LONG,
  async (t) => {
    const { base, gateway, members, relayKey } = await scene(t)
    const by = secretOf(members[1]!)
    for (const [i, server] of [base, gateway.url].entries()) {
      const client = new BlossomClient(server, signerOf(by))
      const bytes = makeBytes(300_000 + i, 7 + i)
      const hash = hashOf(bytes)
      await t.exception(client.check(hash), /404/)
      const blob = await client.uploadBlob(fileOf(bytes, 'image/png'))
      t.is(blob.sha256, hash)
      t.is(blob.size, bytes.byteLength)
      t.is(blob.type, 'image/png')
      t.is(blob.url, `${server}/${hash}.png`)
      t.ok(Math.abs(blob.uploaded - now()) < 60)
      const { nip94 } = blob as unknown as { nip94: string[][] }
      t.alike(
        nip94.find(([name]) => name === 'x'),
        ['x', hash]
      )
      t.absent(
        nip94.some(([name]) => name === 'piecesRoot'),
        'nobody signs what a gateway alone has measured'
      )
      await client.check(hash)
      t.alike(
        Buffer.from(await client.download(hash)),
        Buffer.from(bytes),
        'the same bytes come back'
      )
      const got = await ask(blob.url)
      t.is(got.headers['content-type'], 'image/png')
      t.is(got.headers['access-control-allow-origin'], '*')
      t.is(gateway.cache.usage.bytes, bytes.byteLength + i * 300_000, 'kept as it was measured')
      t.is(
        (await client.uploadBlob(fileOf(bytes, 'image/png'))).sha256,
        hash,
        'once more is no harm'
      )
      const stored = await Promise.all(
        members.map(({ worker }) => worker.use().drive.entry(relayKey, hash))
      )
      t.is(stored.filter((entry) => entry !== null).length, 1, 'nobody else fetches it')
      await client.delete(hash)
      await t.exception(client.check(hash), /404/)
    }
  }
)

test(
  'an event of the uploader makes it the group’s; deleting that is a Nostr matter',
  LONG,
  async (t) => {
    const { base, gateway, members, relayKey, publicIdentifier } = await scene(t)
    const [founder, other] = members
    const by = secretOf(other!)
    const client = new BlossomClient(base, signerOf(by))
    const bytes = makeBytes(200_000, 3)
    const blob = await client.uploadBlob(fileOf(bytes, 'text/plain'))
    const { sha256: hash, size, url, type: mime } = blob
    const nostr = new NostrClient(base.replace('http', 'ws'))
    t.teardown(() => nostr.close(), { order: -2 })
    const record = { hash, url, mime, size, name: 'notes.txt', path: null, piecesRoot: null }
    const { alias } = founder!.worker.use().relays.get(relayKey).relay.facts!
    const driveKey = other!.worker.use().drive.key
    const tags = fileTags([record], { alias, driveKey, kind: 1063 })
    const event = signEvent({ kind: 1063, created_at: now(), tags, content: '' }, by)
    t.alike(await nostr.publish(event), { ok: true, message: '' })
    await Promise.all(members.map((member) => arrived(member, relayKey, hash)))
    t.pass('every member has it now')
    const drive = await ask(`${gateway.url}/drive/${publicIdentifier}/${hash}`)
    t.is(drive.status, 200)
    t.ok(drive.headers['content-disposition']?.includes('notes.txt'))

    const again = await ask(`${base}/upload`, {
      method: 'PUT',
      headers: headerOf(tokenFor('upload', hash, by)),
      body: bytes
    })
    t.is(again.status, 200, 'it is known')
    const foreign = headerOf(tokenFor('delete', hash, secretOf(founder!)))
    t.is((await ask(`${base}/${hash}`, { method: 'DELETE', headers: foreign })).status, 403)
  }
)

test('what another program posts of an upload is cached by each gateway', LONG, async (t) => {
  const { base, gateway, members, relayKey, publicIdentifier, bootstrap } = await scene(t)
  const by = secretOf(members[1]!)
  const bytes = makeBytes(700_000, 4)
  const {
    url,
    sha256: hash,
    size
  } = await new BlossomClient(base, signerOf(by)).uploadBlob(fileOf(bytes, 'image/png'))
  const nostr = new NostrClient(base.replace('http', 'ws'))
  t.teardown(() => nostr.close(), { order: -2 })
  const { alias } = members[0]!.worker.use().relays.get(relayKey).relay.facts!
  const imeta = ['imeta', `url ${url}`, 'm image/png', `x ${hash}`, `size ${size}`]
  const tags = [['h', alias], imeta]
  const event = signEvent({ kind: 9, created_at: now(), tags, content: url }, by)
  t.alike(await nostr.publish(event), { ok: true, message: '' })
  await Promise.all(members.map((member) => arrived(member, relayKey, hash)))
  const other = await startGateway(t, bootstrap)
  for (const one of [gateway, other]) {
    const at = `${one.url}/drive/${publicIdentifier}/${hash}`
    const part = await ask(at, { headers: { range: 'bytes=600000-' } })
    t.ok(part.body.equals(Buffer.from(bytes).subarray(600_000)))
    const got = await ask(at)
    t.ok(got.body.equals(Buffer.from(bytes)))
    t.is(one.cache.usage.bytes, size)
  }
})

test('who may, and what an upload has to say', LONG, async (t) => {
  const { base, members, bootstrap } = await scene(t, 'closed', 1)
  const by = secretOf(members[0]!)
  const bytes = makeBytes(1000, 5)
  const hash = hashOf(bytes)
  const put = (options: Ask & { token?: NostrEvent | null }): ReturnType<typeof ask> => {
    const { token = tokenFor('upload', hash, by), headers = {}, ...rest } = options
    const authorization = token === null ? {} : headerOf(token)
    return ask(`${base}/upload`, {
      method: 'PUT',
      body: bytes,
      ...rest,
      headers: { ...authorization, ...headers }
    })
  }
  const none = await put({ token: null })
  t.is(none.status, 401)
  t.is(none.headers['www-authenticate'], 'Nostr')
  t.is(none.headers['access-control-allow-origin'], '*', 'on errors too')
  const wrong: [NostrEvent, number][] = [
    [tokenFor('get', hash, by), 401],
    [tokenFor('delete', hash, by), 401],
    [tokenFor('upload', 'ab'.repeat(32), by), 409],
    [tokenFor('upload', hash, by, [['server', 'elsewhere.example']]), 401],
    [tokenFor('upload', hash, by, [['t', 'get']]), 401],
    [tokenFor('upload', hash, generateSecretKey()), 403],
    [blossom({ by, hash, expires: -5 }), 401]
  ]
  for (const [token, status] of wrong) {
    const reply = await put({ token })
    t.is(reply.status, status, `${reply.status} ${reply.headers['x-reason']}`)
  }
  t.is((await put({ headers: { 'x-sha-256': 'cd'.repeat(32) } })).status, 409)
  t.is((await put({ headers: { 'x-sha-256': 'short' } })).status, 400)
  t.is((await put({ headers: { 'content-type': 'nonsense' } })).status, 415)
  const raw = (line: string): Promise<number> => {
    const { authorization } = headerOf(tokenFor('upload', hash, by))
    return statusOfRaw(base, `Authorization: ${authorization}\r\n${line}`)
  }
  t.is(await raw(`Content-Length: ${5e12}`), 413)
  t.is(await raw('Transfer-Encoding: chunked'), 411)
  t.is((await put({ body: makeBytes(1000, 6) })).status, 409, 'other bytes than were signed for')
  const two = tokenFor('upload', hash, by, [['x', 'cd'.repeat(32)]])
  t.is((await put({ token: two })).status, 400)
  t.is((await put({ token: two, headers: { 'x-sha-256': hash } })).status, 201)
  t.is((await put({})).status, 200)
  const url = urlHeaderOf(tokenFor('upload', hash, by))
  t.is((await put({ headers: url })).status, 200, 'base64url without padding')

  const ahead = (headers: Record<string, string>, token = tokenFor('upload', hash, by)) =>
    ask(`${base}/upload`, { method: 'HEAD', headers: { ...headerOf(token), ...headers } })
  const said = { 'x-sha-256': hash, 'x-content-length': '1000', 'x-content-type': 'image/png' }
  t.is((await ahead(said)).status, 200)
  t.is((await ahead({ 'x-sha-256': hash })).status, 411)
  t.is((await ahead({ ...said, 'x-content-length': '9'.repeat(15) })).status, 413)
  t.is((await ahead(said, tokenFor('upload', hash, generateSecretKey()))).status, 403)

  const options = await ask(`${base}/upload`, { method: 'OPTIONS' })
  t.is(options.status, 204)
  t.ok(options.headers['access-control-allow-methods']?.includes('PUT'))
  t.ok(options.headers['access-control-allow-headers']?.includes('Authorization'))
  t.is((await ask(`${base}/upload`)).status, 405)

  const bare = await startGateway(t, bootstrap)
  const nowhere = await ask(`${bare.url}/upload`, {
    method: 'PUT',
    headers: headerOf(tokenFor('upload', hash, by)),
    body: bytes
  })
  t.is(nowhere.status, 404, 'a gateway without a group of its own')
})

test('a file is found by its hash alone; 404 only when all have answered', LONG, async (t) => {
  const { gateway, members, relayKey } = await scene(t, 'closed', 1, { find: 1500 })
  const file = await randomFile(t, 50_000)
  await share(members[0]!, relayKey, file)
  for (const name of [file.hash, `${file.hash}.bin`, `${file.hash}.tar.gz`]) {
    const reply = await ask(`${gateway.url}/${name}`)
    t.is(reply.status, 200)
    t.ok(reply.body.equals(Buffer.from(file.bytes)))
  }
  const range = await ask(`${gateway.url}/${file.hash}`, { headers: { range: 'bytes=10-19' } })
  t.is(range.status, 206)
  t.is((await ask(`${gateway.url}/${'ab'.repeat(32)}`)).status, 404)
  t.is((await ask(`${gateway.url}/${'ab'.repeat(31)}`)).status, 404)
  await members[0]!.close()
  const begun = Date.now()
  const alone = await ask(`${gateway.url}/${'cd'.repeat(32)}`)
  t.is(alone.status, 503, 'nobody said that it is not there')
  t.ok(alone.headers['retry-after'])
  t.ok(Date.now() - begun < 4000)
})

test('a private group: its members bring and read, by a listed gateway', LONG, async (t) => {
  const { base, gateway, members, relayKey } = await scene(t, 'private', 1)
  const by = secretOf(members[0]!)
  const client = new BlossomClient(base, signerOf(by))
  const bytes = makeBytes(100_000, 9)
  const { sha256: hash } = await client.uploadBlob(fileOf(bytes, 'image/png'))
  t.alike(Buffer.from(await client.download(hash)), Buffer.from(bytes))
  for (const url of [`${base}/${hash}`, `${gateway.url}/${hash}`]) {
    t.is((await ask(url)).status, 401)
    const headers = headerOf(blossom({ by, hash }))
    const got = await ask(url, { headers })
    t.is(got.status, 200)
    t.ok(got.headers['cache-control']?.startsWith('private'))
    const stranger = headerOf(blossom({ by: generateSecretKey(), hash }))
    t.ok([403, 404].includes((await ask(url, { headers: stranger })).status))
  }
  await members[0]!.worker.use().relays.get(relayKey).acts.editMetadata({ gateways: [] })
  const upload = ask(`${base}/upload`, {
    method: 'PUT',
    headers: headerOf(tokenFor('upload', hash, by)),
    body: bytes
  })
  t.is((await upload).status, 503, 'a gateway that is off the list brings nothing')
})

test('mirrors come from the public internet alone, and are checked', LONG, async (t) => {
  const at = await scene(t, 'closed', 1)
  const by = secretOf(at.members[0]!)
  const bytes = makeBytes(120_000, 11)
  const hash = hashOf(bytes)
  const seen: string[] = []
  const origin = http.createServer((req, res) => {
    seen.push(req.url)
    if (req.url.startsWith('/moved')) {
      res.writeHead(302, { Location: `/${hash}` })
      return res.end()
    }
    const body = req.url.startsWith('/other') ? makeBytes(120_000, 12) : bytes
    res.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': String(body.byteLength) })
    res.end(Buffer.from(body))
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', () => resolve()))
  t.teardown(() => origin.close())
  const port = origin.address()?.port ?? 0
  const mirror = (base: string, url: unknown, token = tokenFor('upload', hash, by)) =>
    ask(`${base}/mirror`, {
      method: 'PUT',
      headers: headerOf(token),
      body: Buffer.from(JSON.stringify({ url }))
    })
  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '169.254.169.254',
    '10.0.0.1',
    '2130706433'
  ]) {
    const reply = await mirror(at.base, `http://${host}:${port}/${hash}.png`)
    t.is(reply.status, 403, `${host}: ${reply.headers['x-reason']}`)
  }
  t.is((await mirror(at.base, 'file:///etc/passwd')).status, 400)
  t.is((await mirror(at.base, 7)).status, 400)
  t.alike(seen, [], 'nothing was asked')

  const gateway = await startGateway(t, at.bootstrap, { limits: { mirrorAnywhere: true } })
  const base = `${gateway.url}/${at.publicIdentifier}`
  const stranger = tokenFor('upload', hash, generateSecretKey())
  t.is((await mirror(base, `http://127.0.0.1:${port}/${hash}`, stranger)).status, 403)
  t.alike(seen, [], 'nothing is fetched for who is no member')
  t.is((await mirror(base, `http://127.0.0.1:${port}/moved/${hash}`)).status, 502, 'no redirects')
  t.is((await mirror(base, `http://127.0.0.1:${port}/other/${hash}`)).status, 409)
  const wrong = await mirror(base, `http://127.0.0.1:${port}/${'ab'.repeat(32)}`)
  t.is(wrong.status, 409, 'the address names another file than the authorization')
  const client = new BlossomClient(base, signerOf(by))
  const blob = (await client.mirror(`http://127.0.0.1:${port}/${hash}.png`)) as unknown as {
    sha256: string
    type: string
  }
  t.is(blob.sha256, hash)
  t.is(blob.type, 'image/png')
  t.ok((await ask(`${base}/${hash}`)).body.equals(Buffer.from(bytes)))
  t.is(codeOf(await ask(`${base}/mirror`)), 'BAD_REQUEST')
})
