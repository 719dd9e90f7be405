/** Files whose events name no tree, as other Nostr programs post them: measured here, then cached. */
import test from 'brittle'
import type { Assert } from 'brittle'
import fs from 'bare-fs/promises'
import { join as joinPath } from 'bare-path'
import type { Gateway } from '../../gateway/gateway.ts'
import type { GatewayConfig } from '../../gateway/config.ts'
import type { GatewayLimits } from '../../gateway/limits.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, askSlowly, codeOf, take, type Reply } from './client.ts'
import {
  localDht,
  makeBytes,
  person,
  startGateway,
  startMember,
  TestRelay,
  type Misbehaviour,
  type TestFile,
  type TestMember
} from './fixture.ts'

const SIZE = PIECE_SIZE * 6 + 5
const LONG = { timeout: 60_000 }

interface Scene {
  file: TestFile
  relay: TestRelay
  members: TestMember[]
  bootstrap: string[]
  storage: string
  start: (
    config?: Partial<GatewayConfig>,
    limits?: Partial<GatewayLimits>
  ) => Promise<{ gateway: Gateway; get: (range?: string) => Promise<Reply>; url: string }>
}

/** A file without a tree, held by a member for each way of behaving; of another relay, if named. */
async function scene(t: Assert, behaviours: Misbehaviour[] = [{}], size = SIZE): Promise<Scene> {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const people = behaviours.map(() => person())
  const file = relay.file(people[0]!, makeBytes(size), { piecesRoot: null })
  const list = relay.list(people)
  const members: TestMember[] = []
  for (const [i, who] of people.entries()) {
    const misbehaviour = behaviours[i] ?? {}
    members.push(
      await startMember(t, { relay, person: who, list, bootstrap, files: [file], misbehaviour })
    )
  }
  const storage = await t.tmp()
  const start: Scene['start'] = async (config, limits = {}) => {
    const gateway = await startGateway(t, bootstrap, { config: { storage, ...config }, limits })
    const url = `${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}`
    const get = (range?: string): Promise<Reply> =>
      ask(url, { headers: range === undefined ? {} : { range } })
    return { gateway, get, url }
  }
  return { file, relay, members, bootstrap, storage, start }
}

const askedOf = (...members: TestMember[]): number =>
  members.flatMap(({ ranges }) => ranges).reduce((sum, { length }) => sum + length, 0)

const bend = (bytes: Uint8Array): Promise<Uint8Array> => Promise.resolve(Buffer.alloc(bytes.length))

test(
  'measured once, then a file like any other: cached, in parts too, over a restart',
  LONG,
  async (t) => {
    const { file, members, start } = await scene(t)
    const whole = Buffer.from(file.bytes)
    const { gateway, get, url } = await start()
    const head = await ask(url, { method: 'HEAD' })
    t.is(head.status, 200)
    t.is(head.headers['content-length'], String(SIZE))
    t.is(askedOf(...members), 0, 'HEAD costs no bytes')
    const part = await get('bytes=300000-300009')
    t.is(part.status, 206, 'the first answer may be a part')
    t.ok(part.body.equals(whole.subarray(300_000, 300_010)))
    t.ok((await get()).body.equals(whole))
    t.is(askedOf(...members), SIZE, 'one download')
    t.is(gateway.cache.usage.bytes, SIZE)
    const cached = { headers: { 'cache-control': 'only-if-cached' } }
    t.ok((await ask(url, cached)).body.equals(whole))
    await gateway.close()
    for (const member of members) member.vanish()
    const again = await start()
    t.ok((await again.get()).body.equals(whole), 'nobody is needed any more')
    t.is((await again.get('bytes=-5')).body.byteLength, 5)
  }
)

test('a hundred clients of a cold one cost one download', async (t) => {
  const { file, members, start } = await scene(t)
  const { url } = await start()
  const replies = await Promise.all(
    Array.from({ length: 100 }, async (_, i) =>
      take((await askSlowly(url, i % 2 === 1 ? { headers: { range: 'bytes=5-' } } : {})).res)
    )
  )
  const right = Buffer.from(file.bytes)
  t.ok(
    replies.every(({ complete, body }, i) => complete && body.equals(right.subarray((i % 2) * 5)))
  )
  t.is(askedOf(...members), SIZE)
})

test('a liar’s bytes never get into the cache', async (t) => {
  const { file, members, storage, start } = await scene(t, [
    { chunk: bend, layer: (l) => l.fill(7) }
  ])
  const { gateway, get } = await start()
  const got = await get()
  t.is(got.status, 502)
  t.is(codeOf(got), 'WRONG_BYTES')
  t.is(gateway.cache.usage.bytes, 0)
  t.alike(await fs.readdir(joinPath(storage, 'cache')), ['incoming'])
  t.alike(await fs.readdir(joinPath(storage, 'cache', 'incoming')), [])
  members[0]!.misbehaviour = {}
  const { gateway: other, get: ask } = await start({ storage: await t.tmp() })
  t.ok((await ask()).body.equals(Buffer.from(file.bytes)), 'the same one, honest again')
  t.is(other.cache.usage.bytes, SIZE)
})

test('a liar among honest ones costs time, and nothing else', async (t) => {
  const { file, members, start } = await scene(t, [{ chunk: bend }, {}])
  const { gateway, get } = await start()
  for (let i = 0; i < 2; i++) t.ok((await get()).body.equals(Buffer.from(file.bytes)))
  t.ok(askedOf(...members) <= SIZE * 2)
  t.is(gateway.cache.usage.bytes, SIZE)
})

test('what the cache loses is fetched by pieces, each checked', async (t) => {
  const { file, members, storage, start } = await scene(t)
  const { gateway, get } = await start()
  await get()
  await gateway.close()
  const { readdir, readFile, writeFile } = fs
  const folder = (await readdir(joinPath(storage, 'cache')))
    .map(String)
    .find((f) => f.length === 2)!
  const root = (await readdir(joinPath(storage, 'cache', folder)))
    .map(String)
    .find((f) => f.length === 64)!
  const path = joinPath(storage, 'cache', folder, root)
  const bytes = Buffer.from((await readFile(path)) as Uint8Array)
  bytes[PIECE_SIZE + 1]! ^= 1
  await writeFile(path, bytes)
  const again = await start()
  t.ok((await again.get()).body.equals(Buffer.from(file.bytes)))
  t.is(askedOf(...members), SIZE + PIECE_SIZE, 'the piece that was spoilt')
})

test('nobody else says what its tree is', LONG, async (t) => {
  const { file, storage, members, start } = await scene(t)
  const { gateway, get } = await start()
  await get()
  await gateway.close()
  const names = joinPath(storage, 'names')
  const [folder] = (await fs.readdir(names)).map(String)
  const [name] = (await fs.readdir(joinPath(names, folder!))).map(String)
  const path = joinPath(names, folder!, name!)
  const kept = JSON.parse((await fs.readFile(path, { encoding: 'utf8' })) as string)
  kept.tree.piecesRoot = '7'.repeat(64)
  await fs.writeFile(path, JSON.stringify(kept))
  const again = await start()
  t.ok((await again.get()).body.equals(Buffer.from(file.bytes)))
  t.is(askedOf(...members), SIZE * 2, 'it is measured anew')
})

test('the same bytes in another relay need no second download', async (t) => {
  const { file, bootstrap, members, start } = await scene(t)
  const { gateway, get } = await start()
  await get()
  const [relay, bob] = [new TestRelay('elsewhere'), person()]
  const same = relay.file(bob, file.bytes, { piecesRoot: null })
  const list = relay.list([bob])
  const other = await startMember(t, { relay, person: bob, list, bootstrap, files: [same] })
  const got = await ask(`${gateway.url}/drive/${relay.publicIdentifier}/${same.hash}`)
  t.ok(got.body.equals(Buffer.from(file.bytes)))
  t.is(askedOf(other), 0)
  t.is(askedOf(...members), SIZE)
})

test('too large for the cache: checked, served, and not kept', async (t) => {
  const { file, members, start } = await scene(t)
  const { gateway, get } = await start({ cacheSize: SIZE })
  for (let i = 0; i < 2; i++) t.ok((await get()).body.equals(Buffer.from(file.bytes)))
  t.is(gateway.cache.usage.bytes, 0)
  t.is(askedOf(...members), SIZE, 'who comes soon shares the download')
})

test('purged in the middle of it: nothing is kept', async (t) => {
  let go = (): void => {}
  const gate = new Promise<void>((resolve) => (go = resolve))
  const chunk = async (bytes: Uint8Array, at: number): Promise<Uint8Array> => {
    if (at > PIECE_SIZE) await gate
    return bytes
  }
  const { file, members, storage, start } = await scene(t, [{ chunk }])
  const rules = joinPath(await t.tmp(), 'rules')
  await fs.writeFile(rules, '')
  const { gateway, get } = await start({ rules }, { stall: 20_000 })
  const served = new Promise((resolve) => members[0]!.once('served', resolve))
  const asked = get()
  await served
  await fs.writeFile(rules, `block ${file.hash} 451 An order\n`)
  const got = await asked
  t.is(got.status, 503, 'what was under way ends')
  go()
  t.is((await get()).status, 451)
  t.is(gateway.cache.usage.bytes, 0)
  t.alike(await fs.readdir(joinPath(storage, 'cache', 'incoming')), [])
})

test('a page full of them: each has its turn, and none is refused', async (t) => {
  const bootstrap = await localDht(t)
  const [relay, alice] = [new TestRelay(), person()]
  const files = Array.from({ length: 20 }, (_, i) =>
    relay.file(alice, makeBytes(1000 + i, i + 1), { piecesRoot: null })
  )
  const list = relay.list([alice])
  await startMember(t, { relay, person: alice, list, bootstrap, files })
  const gateway = await startGateway(t, bootstrap)
  const replies = await Promise.all(
    files.map(({ hash }) => ask(`${gateway.url}/drive/${relay.publicIdentifier}/${hash}`))
  )
  t.ok(replies.every(({ status, body }, i) => status === 200 && body.equals(files[i]!.bytes)))
})
