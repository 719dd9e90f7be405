/** A private relay's files by HTTP: through listed gateways, in the name of members. */
import test from 'brittle'
import type { Assert } from 'brittle'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'

import type { Gateway } from '../../gateway/gateway.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { FileChannel, VERSION, type Handshake } from '../../protocol/file-channel/channel.ts'
import { relayTopic } from '../../protocol/topic.ts'
import { ask, type Ask, type Reply } from './client.ts'
import { blossom, headerOf, httpAuth, urlHeaderOf } from './authorize.ts'
import { startGateway } from './fixture.ts'
import { localDht, until } from '../worker/member.ts'
import type { Group } from '../../worker/relays/group.ts'
import { arrived, joinBy, randomFile, share, startWhole, type Whole } from '../worker/whole.ts'
import { poll } from '../poll.ts'

const LONG = { timeout: 120_000 }
const SIZE = 700_001

interface Scene {
  bootstrap: string[]
  admin: Whole
  group: Group
  relayKey: string
  secretKey: Uint8Array
  publicIdentifier: string
  file: { hash: string; bytes: Uint8Array }
  gateway: Gateway
  url: string
  /** What the gateway wrote into its log. */
  log: string[]
  get(options?: Ask): Promise<Reply>
}

/** One member of a private relay with one file, and a gateway. */
async function scene(t: Assert): Promise<Scene> {
  const bootstrap = await localDht(t)
  const admin = await startWhole(t, bootstrap)
  const { relayKey } = await admin.calls.createRelay({ name: 'Field notes', access: 'private' })
  const file = await randomFile(t, SIZE)
  await share(admin, relayKey, file)
  const { relays, identity } = admin.worker.use()
  const group = relays.get(relayKey)
  const log: string[] = []
  const gateway = await startGateway(t, bootstrap, {
    limits: { look: 4000, unproven: 200, resume: 500 },
    log: (event, fields = {}) => void log.push(JSON.stringify({ event, ...fields }))
  })
  const publicIdentifier = group.relay.publicIdentifier ?? ''
  const url = `${gateway.url}/drive/${publicIdentifier}/${file.hash}`
  const { secretKey } = identity
  const get: Scene['get'] = (options) => ask(url, options)
  const rest = { bootstrap, admin, group, relayKey, secretKey, publicIdentifier }
  return { ...rest, file, gateway, url, log, get }
}

const reasonOf = (reply: Reply): string => reply.headers['x-reason'] ?? ''

test('a member’s authorization opens the file at a listed gateway', LONG, async (t) => {
  const { group, gateway, secretKey, file, url, get } = await scene(t)
  await group.acts.editMetadata({ gateways: [gateway.gatewayKey] })
  const bytes = Buffer.from(file.bytes)
  const event = blossom({ by: secretKey, hash: file.hash })
  for (const headers of [headerOf(event), urlHeaderOf(event), headerOf(httpAuth(secretKey, url))]) {
    const got = await get({ headers })
    t.is(got.status, 200)
    t.ok(got.complete && got.body.equals(bytes), 'the bytes of the file')
    t.is(got.headers['cache-control'], 'private, max-age=31536000, immutable')
  }
  const part = await get({ headers: { ...headerOf(event), range: 'bytes=262000-300000' } })
  t.is(part.status, 206)
  t.ok(part.body.equals(bytes.subarray(262_000, 300_001)))
  const head = await get({ method: 'HEAD', headers: headerOf(event) })
  t.is(head.status, 200)
  t.is(head.headers['content-length'], String(SIZE))
  t.is(head.body.byteLength, 0)
  const byHttp = headerOf(httpAuth(secretKey, `${url}?download`, 'HEAD'))
  t.is((await ask(`${url}?download`, { method: 'HEAD', headers: byHttp })).status, 200)
  const same = { ...headerOf(event), 'if-none-match': `"${file.hash}"` }
  t.is((await get({ headers: same })).status, 304)
  const elsewhere = url.replace(file.hash, 'cd'.repeat(32))
  const other = headerOf(blossom({ by: secretKey, hash: 'cd'.repeat(32) }))
  t.is((await ask(elsewhere, { headers: other })).status, 404, 'a member is told what is not there')
})

test('without one it is 401, with a wrong one 403, and no byte', LONG, async (t) => {
  const { group, gateway, secretKey, file, url, get, log } = await scene(t)
  await group.acts.editMetadata({ gateways: [gateway.gatewayKey] })
  const { hash } = file
  const good = headerOf(blossom({ by: secretKey, hash }))
  const token = good.authorization.split(' ')[1] ?? ''
  const bare = await get()
  t.is(bare.status, 401)
  t.is(bare.headers['www-authenticate'], 'Nostr')
  t.is(bare.headers['cache-control'], 'no-store')
  t.is((await get({ method: 'HEAD' })).status, 401)
  t.is((await get({ headers: { range: 'bytes=0-1' } })).status, 401)
  t.is((await get({ headers: { 'if-none-match': `"${hash}"` } })).status, 401)
  t.is((await ask(url.replace(hash, 'cd'.repeat(32)))).status, 401, 'nor what is not there')
  for (const name of ['auth', 'authorization', 'cap']) {
    const secret = encodeURIComponent(token)
    t.is((await ask(`${url}?${name}=${secret}`)).status, 401, `?${name}= is none`)
  }
  for (const authorization of ['Nostr', 'Nostr x', `Bearer ${token}`, `${good.authorization} a`]) {
    t.is((await get({ headers: { authorization } })).status, 401, authorization.slice(0, 9))
  }

  const wrong = [
    [blossom({ hash }), /Only members/],
    [blossom({ by: secretKey, hash, expires: -1 }), /expired/],
    [blossom({ by: secretKey, hash: 'cd'.repeat(32) }), /does not name/],
    [blossom({ by: secretKey, hash, tags: [['t', 'upload']] }), /getting/],
    [blossom({ by: secretKey, hash, tags: [['server', 'elsewhere.example']] }), /another server/],
    [httpAuth(secretKey, `${url}?download`), /another address/],
    [httpAuth(secretKey, url.replace('127.0.0.1', 'elsewhere.example')), /another address/],
    [httpAuth(secretKey, url, 'HEAD'), /another method/]
  ] as const
  for (const [event, reason] of wrong) {
    const got = await get({ headers: headerOf(event) })
    t.is(got.status, 403, reason.source)
    t.ok(reason.test(reasonOf(got)), reasonOf(got))
    t.absent(got.body.includes(Buffer.from(file.bytes.subarray(0, 64))))
  }
  const head = await get({ method: 'HEAD', headers: headerOf(blossom({ hash })) })
  t.is(head.status, 403)
  t.is(head.headers['etag'], undefined)
  t.is((await get({ headers: good })).status, 200, 'and the right one is good still')

  const written = log.join('\n')
  t.ok(written.includes('refused'))
  t.absent(written.includes(token.slice(0, 40)))
  for (const [{ id, sig }] of wrong) t.absent(written.includes(id) || written.includes(sig))
  t.absent(/expired|does not name|another/.test(written), 'nothing of them in the log')
})

test('a gateway that nobody listed gets nothing and learns nothing', LONG, async (t) => {
  const { bootstrap, group, gateway, secretKey, file, publicIdentifier, get, log } = await scene(t)
  await group.acts.editMetadata({ gateways: ['9a'.repeat(32)] })
  const headers = headerOf(blossom({ by: secretKey, hash: file.hash }))
  for (const options of [{}, { headers }, { method: 'HEAD' as const, headers }]) {
    const got = await get(options)
    t.is(got.status, 503)
    t.absent(got.body.includes(Buffer.from(file.bytes.subarray(0, 64))))
  }
  t.absent(log.some((line) => line.includes('member connected')))
  const relay = gateway.peers.use(publicIdentifier)
  t.absent(relay.membership.known, 'no card and no list')
  gateway.peers.release(relay)

  const shown: Handshake[] = []
  const topic = relayTopic(publicIdentifier)
  const swarm = new Hyperswarm({ bootstrap })
  t.teardown(() => swarm.destroy(), { order: 1 })
  const closed = new Promise<HypertunaError | null>((resolve) => {
    swarm.on('connection', (connection) => {
      connection.on('error', () => {})
      const channel = new FileChannel(Protomux.from(connection), {
        topic,
        handshake: { version: VERSION, role: 'gateway', proof: null },
        checkPeer: (handshake) => {
          shown.push(handshake)
          return { role: 'member', pubkey: null, driveKey: null, members: null }
        },
        respond: null
      })
      channel.request({ hash: file.hash }).catch(() => {}) // `closed` tells
      channel.open()
      void channel.closed.then(() => resolve(channel.reason))
    })
  })
  swarm.join(topic, { server: false, client: true })
  t.is((await closed)?.code, 'NOBODY_ONLINE', 'as if there were no such relay')
  t.alike(shown, [])

  await group.acts.editMetadata({ gateways: [gateway.gatewayKey] })
  await eventually(async () => (await get({ headers })).status === 200)
  t.pass('listed, it serves')
  await group.acts.editMetadata({ gateways: [] })
  await eventually(async () => (await get({ headers })).status === 503)
  t.pass('and no longer when it is taken off the list')
})

test('who is removed opens nothing any more', LONG, async (t) => {
  const { bootstrap, admin, relayKey, group, gateway, file, get } = await scene(t)
  await group.acts.editMetadata({ gateways: [gateway.gatewayKey] })
  const member = await startWhole(t, bootstrap)
  await joinBy(admin, member, relayKey)
  const { secretKey, pubkey } = member.worker.use().identity
  await until(() => group.relay.members.has(pubkey), group)
  await member.close()
  const headers = headerOf(blossom({ by: secretKey, hash: file.hash, expires: 3600 }))
  t.is((await get({ headers })).status, 200)
  await group.acts.removeUser(pubkey)
  const refused = await get({ headers })
  t.is(refused.status, 403)
  t.ok(/Only members/.test(reasonOf(refused)))
  t.is((await get({ method: 'HEAD', headers })).status, 403)
})

test('a closed relay’s files need none, and a wrong one is no harm', LONG, async (t) => {
  const { admin, gateway, file } = await scene(t)
  const relay = await admin.calls.createRelay({ name: 'Open house', access: 'closed' })
  const served = await randomFile(t, 10_000)
  await share(admin, relay.relayKey, served)
  const url = `${gateway.url}/drive/${relay.publicIdentifier}/${served.hash}`
  for (const headers of [{}, { authorization: 'Nostr x' }, headerOf(blossom(file))]) {
    const got = await ask(url, { headers })
    t.is(got.status, 200)
    t.is(got.headers['cache-control'], 'public, max-age=31536000, immutable')
  }
})

/** Asks again, a few times a second, as a client does: what changed has to travel. */
const eventually = (holds: () => Promise<boolean>): Promise<void> => poll(holds, 200)

test('removed by one member, refused by all within ten seconds', LONG, async (t) => {
  const { bootstrap, admin, group, relayKey, gateway, get, file } = await scene(t)
  await group.acts.editMetadata({ gateways: [gateway.gatewayKey] })
  const [helper, leaving] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
  await joinBy(admin, helper, relayKey)
  await joinBy(admin, leaving, relayKey)
  await arrived(helper, relayKey, file.hash)
  const { pubkey, secretKey } = leaving.worker.use().identity
  const headers = headerOf(blossom({ by: secretKey, hash: file.hash }))
  let reply = await get({ headers })
  t.is(reply.status, 200, 'a member')
  await leaving.close()
  const begun = Date.now()
  await group.acts.removeUser(pubkey)
  while (reply.status !== 403 && Date.now() - begun < 15_000) reply = await get({ headers })
  t.ok(Date.now() - begun < 10_000, `${Date.now() - begun} ms`)
  const theirs = helper.worker.use().relays.get(relayKey)
  await until(() => !theirs.relay.members.has(pubkey), theirs)
  t.ok(Date.now() - begun < 10_000, 'the other member has heard of it')
  await admin.close() // what is left is who heard of it
  t.is((await get({ headers })).status, 403)
})
