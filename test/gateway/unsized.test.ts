/** Files whose events tell no size, as other programs post them after a Blossom upload. */
import 'bare-abort-controller/global'
import 'bare-encoding/global'
import test from 'brittle'
import type { Assert } from 'brittle'
import { BlossomClient } from 'nostr-tools/nipb7'
import { MAX_UPLOAD } from '../../protocol/blossom.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { getPublicKey, signEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { Removal } from '../../worker/files/removal.ts'
import { silent } from '../../worker/log.ts'
import { readProviders } from '../../worker/relays/state.ts'
import { fileView } from '../../worker/views.ts'
import { NostrClient } from '../worker/nostr-client.ts'
import {
  arrived,
  eventually,
  joinBy,
  startWhole,
  syncOf,
  together,
  type Whole
} from '../worker/whole.ts'
import { blossom, headerOf } from './authorize.ts'
import { ask, codeOf } from './client.ts'
import { fileOf, installFetch } from './fetch.ts'
import {
  localDht,
  makeBytes,
  person,
  sign,
  startGateway,
  startMember,
  TestRelay,
  type Misbehaviour,
  type TestFile,
  type TestMember
} from './fixture.ts'

installFetch()
const LONG = { timeout: 60_000 }
const SIZE = PIECE_SIZE * 3 + 5

const bases = { local: null, gateways: [], capabilityFor: () => '' }

/** What another program of this computer does: it uploads, and says so in its own words. */
async function bring(
  whole: Whole,
  relayKey: string,
  bytes: Uint8Array,
  tagsOf: ((url: string, hash: string) => string[][]) | null
): Promise<string> {
  const { identity, relays } = whole.worker.use()
  const { relay } = relays.get(relayKey)
  const at = `127.0.0.1:${whole.worker.status().localPort}/${relay.publicIdentifier}`
  const by = identity.secretKey
  const client = new BlossomClient(`http://${at}`, {
    getPublicKey: async () => getPublicKey(by),
    signEvent: async (template) => signEvent(template, by) as never
  })
  const { sha256: hash, url } = await client.uploadBlob(fileOf(bytes, 'image/png'))
  if (tagsOf === null) return hash
  const socket = new NostrClient(`ws://${at}`)
  const tags = [['h', relay.facts!.alias], ...tagsOf(url, hash)]
  const event = signEvent({ kind: 9, created_at: now(), tags, content: url }, by)
  if (relay.facts!.access !== 'private') {
    const { ok, message } = await socket.publish(event)
    if (!ok) throw new Error(message)
  } else await relay.append([{ type: 'event', event }])
  socket.close()
  return hash
}

/** As after the hour that an upload waits for its event: until `gone` went, which none names. */
async function sweepAsLater(whole: Whole, relayKey: string, gone: string): Promise<void> {
  const { drive, files, relays } = whole.worker.use()
  const { unnamed } = syncOf(whole, relayKey)
  await eventually(syncOf(whole, relayKey), () => unnamed.has(gone))
  const [group, { transfers }] = [relays.get(relayKey), files]
  const removal = new Removal({ group, drive, unnamed, transfers, log: silent, patience: 0 })
  await removal.ready()
  await removal.settled()
  const removed = new Promise<void>((resolve) => {
    drive.on('change', (changes: { hash: string; change: string }[]) => {
      if (changes.some(({ hash, change }) => hash === gone && change === 'removed')) resolve()
    })
  })
  group.emit('update', { events: [], reordered: false, touched: null, membersChanged: false })
  await removed
  await removal.close()
}

for (const access of ['closed', 'private'] as const) {
  test(`uploaded and posted without a size, in a ${access} group`, LONG, async (t) => {
    const bootstrap = await localDht(t)
    const mara = await startWhole(t, bootstrap)
    const { relayKey } = await together(mara, [], access)
    const bytes = [1, 2, 3].map((seed) => makeBytes(SIZE, seed))
    const named = await bring(mara, relayKey, bytes[0]!, (url, x) => [
      ['imeta', `url ${url}`, `x ${x}`]
    ])
    const linked = await bring(mara, relayKey, bytes[1]!, (url) => [
      ['imeta', `url ${url}`, 'm image/png']
    ])
    const unposted = await bring(mara, relayKey, bytes[2]!, null)
    await Promise.all([named, linked].map((hash) => arrived(mara, relayKey, hash)))
    await sweepAsLater(mara, relayKey, unposted)
    const { drive, relays } = mara.worker.use()
    for (const hash of [named, linked]) t.ok(await drive.has(relayKey, hash), 'it stays')
    t.is(syncOf(mara, relayKey).bytes, 2 * SIZE, 'and counts')

    const ivo = await startWhole(t, bootstrap)
    await joinBy(mara, ivo, relayKey)
    const group = relays.get(relayKey)
    for (const [i, hash] of [named, linked].entries()) {
      await arrived(ivo, relayKey, hash)
      const sync = syncOf(ivo, relayKey)
      const { size, unsized } = fileView(sync.files.get(hash)!, sync, bases)
      t.alike({ size, unsized }, { size: SIZE, unsized: false }, 'its size is known now')
      const parts = []
      for await (const part of ivo.worker.use().drive.getFile(relayKey, hash)) parts.push(part)
      t.ok(Buffer.concat(parts).equals(Buffer.from(bytes[i]!)))
      await eventually(syncOf(mara, relayKey), ({ files }) => files.get(hash)!.providers.size === 2)
      t.is((await readProviders(group.relay.state, hash)).length, 2, 'both are announced')
    }

    const gateway = await startGateway(t, bootstrap, { limits: { look: 4000 } })
    if (access === 'private') await group.acts.editMetadata({ gateways: [gateway.gatewayKey] })
    const by = mara.worker.use().identity.secretKey
    for (const [i, hash] of [named, linked].entries()) {
      const url = `${gateway.url}/drive/${group.relay.publicIdentifier}/${hash}`
      const headers = access === 'private' ? headerOf(blossom({ by, hash })) : {}
      const head = await ask(url, { method: 'HEAD', headers })
      t.is(head.status, 200)
      t.is(head.headers['content-length'], String(SIZE))
      const part = await ask(url, { headers: { ...headers, range: 'bytes=-5' } })
      t.is(part.headers['content-range'], `bytes ${SIZE - 5}-${SIZE - 1}/${SIZE}`)
      const whole = await ask(url, { headers })
      t.ok(whole.body.equals(Buffer.from(bytes[i]!)))
    }
  })
}

/** A gateway, and a member for each way of behaving, who have a file whose event tells no size. */
async function scene(
  t: Assert,
  behaviours: ((file: TestFile) => Misbehaviour)[]
): Promise<{ file: TestFile; members: TestMember[]; start: () => Promise<string> }> {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const people = behaviours.map(() => person())
  const bytes = makeBytes(SIZE)
  const { hash, layer } = relay.file(people[0]!, bytes)
  const tags = [
    ['h', relay.alias],
    ['imeta', `url https://a.example/${hash}`, `x ${hash}`]
  ]
  const file = { bytes, hash, layer, event: sign(people[0]!, 9, tags) }
  const list = relay.list(people)
  const members: TestMember[] = []
  for (const [i, who] of people.entries()) {
    const misbehaviour = behaviours[i]!(file)
    const of = { relay, person: who, list, bootstrap, files: [file], misbehaviour }
    members.push(await startMember(t, of))
  }
  const storage = await t.tmp()
  const start = async (): Promise<string> => {
    const gateway = await startGateway(t, bootstrap, { config: { storage } })
    const peers = gateway.peers.use(relay.publicIdentifier)
    const { signal } = new AbortController()
    while (peers.usable(hash).length < members.length) {
      peers.look()
      await peers.changed(300, signal)
    }
    return `${gateway.url}/drive/${relay.publicIdentifier}/${hash}`
  }
  return { file, members, start }
}

const honest = (): Misbehaviour => ({})

/** Says that the file has another size, and sends as much of it as there is. */
const tells =
  (size: number) =>
  ({ event }: TestFile): Misbehaviour => ({
    head: async () => ({ status: 'ok', size, mime: null, name: null, event })
  })

const askedOf = (...members: TestMember[]): number =>
  members.flatMap(({ ranges }) => ranges).reduce((sum, { length }) => sum + length, 0)

test('its size is what was measured, for HEAD and parts too, and is kept', LONG, async (t) => {
  const { file, members, start } = await scene(t, [honest])
  const url = await start()
  const right = Buffer.from(file.bytes)
  const heads = await Promise.all([1, 2, 3].map(() => ask(url, { method: 'HEAD' })))
  t.alike(
    heads.map(({ headers }) => headers['content-length']),
    [1, 2, 3].map(() => String(SIZE))
  )
  t.is((await ask(url, { headers: { range: `bytes=${SIZE}-` } })).status, 416)
  t.ok((await ask(url, { headers: { range: 'bytes=5-9' } })).body.equals(right.subarray(5, 10)))
  t.ok((await ask(url)).body.equals(right))
  t.is(askedOf(...members), SIZE, 'one download for all of them')
  for (const member of members) member.vanish()
  t.is((await ask(url, { method: 'HEAD' })).headers['content-length'], String(SIZE))
})

test('who lies about the size is set aside, and costs no more than the file', LONG, async (t) => {
  const lies = [0, 7, SIZE - 1, SIZE + 1, MAX_UPLOAD, MAX_UPLOAD * 1024]
  const { file, members, start } = await scene(t, [honest, ...lies.map(tells)])
  const url = await start()
  const got = await ask(url)
  t.is(got.status, 200)
  t.ok(got.body.equals(Buffer.from(file.bytes)))
  t.is(got.headers['content-length'], String(SIZE))
  const [mara, ...liars] = members
  t.is(askedOf(mara!), SIZE)
  t.ok(askedOf(...liars) <= 2 * SIZE + 7, 'those who tell more are not heard at all')
})

test('liars alone come to nothing', LONG, async (t) => {
  const { start } = await scene(t, [tells(0), tells(SIZE - 1), tells(MAX_UPLOAD + 1)])
  const got = await ask(await start())
  t.is(got.status, 502)
  t.is(codeOf(got), 'WRONG_BYTES')
})
