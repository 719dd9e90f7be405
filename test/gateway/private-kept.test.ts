/** What a gateway keeps of a private file is for nobody whom no member let have it. */
import test from 'brittle'
import type { Assert } from 'brittle'
import fs from 'bare-fs'

import { HypertunaError } from '../../protocol/errors.ts'
import type { Asker } from '../../protocol/file-channel/channel.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { headerOf, blossom } from './authorize.ts'
import { ask, type Ask, type Reply } from './client.ts'
import {
  localDht,
  makeBytes,
  person,
  startGateway,
  startMember,
  TestRelay,
  type Person,
  type TestFile,
  type TestMember
} from './fixture.ts'
import { poll } from '../poll.ts'

const SIZE = PIECE_SIZE * 6 + 5
/** Where the system does not show what is open. */
const NONE: Buffer[] = []

interface Scene {
  file: TestFile
  member: TestMember
  /** Whom the member lets have it; further ones may be added. */
  let: Set<string>
  /** In whose name it was asked. */
  asked: Set<string>
  /** A second member that has the file and decides alike. */
  other(): Promise<TestMember>
  get(by?: Person | null, options?: Ask): Promise<Reply>
}

/** A member of a private relay with a file, with or without a tree. */
async function scene(t: Assert, piecesRoot?: null): Promise<Scene> {
  const bootstrap = await localDht(t)
  const relay = new TestRelay('hidden', [['access', 'private']])
  const alice = person()
  const bent = piecesRoot === null ? { piecesRoot } : {}
  const file = relay.file(alice, makeBytes(SIZE), bent)
  const allowed = new Set<string>()
  const asked = new Set<string>()
  const admit = ({ authorization }: Asker): void => {
    asked.add(authorization?.pubkey ?? '')
    if (authorization && allowed.has(authorization.pubkey)) return
    throw new HypertunaError('FORBIDDEN', 'Only members of this group get its files')
  }
  const bob = person()
  const list = relay.list([alice, bob])
  const options = { relay, person: alice, list, bootstrap, files: [file] }
  const member = await startMember(t, { ...options, misbehaviour: { admit } })
  const other = (): Promise<TestMember> =>
    startMember(t, { ...options, person: bob, misbehaviour: { admit } })
  const gateway = await startGateway(t, bootstrap, { limits: { look: 2000, resume: 500 } })
  const url = `${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}`
  const get: Scene['get'] = (by = null, { headers: more, ...rest } = {}) => {
    const headers = by === null ? {} : headerOf(blossom({ by: by.secretKey, hash: file.hash }))
    return ask(url, { ...rest, headers: { ...headers, ...more } })
  }
  return { file, member, let: allowed, asked, other, get }
}

for (const [kind, tree] of [
  ['kept on the disk', null],
  ['whose tree is remembered', undefined]
] as const) {
  test(`a file ${kind} is served to who is let, and to nobody else`, async (t) => {
    const { file, member, let: allowed, get } = await scene(t, tree)
    const [ada, ben] = [person(), person()]
    allowed.add(ada.pubkey)
    const got = await get(ada)
    t.is(got.status, 200)
    t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
    const fetched = member.ranges.length
    const kept = unnamedFiles()
    for (const bytes of kept) {
      t.absent(
        bytes.includes(Buffer.from(file.bytes.subarray(0, 32))),
        'the disk has no plain bytes'
      )
    }
    if (tree === null && kept !== NONE) t.ok(kept.some(({ byteLength }) => byteLength === SIZE))

    for (const options of [{}, { method: 'HEAD' as const }, { headers: { range: 'bytes=0-9' } }]) {
      t.is((await get(null, options)).status, 401)
      const refused = await get(ben, options)
      t.is(refused.status, 403)
      t.absent(refused.body.includes(Buffer.from(file.bytes.subarray(0, 10))))
    }
    t.is(member.ranges.length, fetched, 'nothing was fetched for them')
    allowed.add(ben.pubkey)
    t.ok((await get(ben)).body.equals(Buffer.from(file.bytes)))
    allowed.delete(ada.pubkey)
    t.is((await get(ada)).status, 403, 'nor to who was let before')
    member.vanish()
    const alone = await get(ben)
    t.is(alone.status, 503, 'and to nobody while there is no member to ask')
    t.is((await get()).status, 401)
  })
}

test('who waits for a download goes on with it when who began it is let no more', async (t) => {
  const { file, member, let: allowed, asked, get } = await scene(t, null)
  const [ada, ben] = [person(), person()]
  allowed.add(ada.pubkey).add(ben.pubkey)
  const halfway = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  let stopped = false
  member.misbehaviour.chunk = async (bytes, at) => {
    if (at < SIZE / 2 || stopped) return bytes
    halfway.resolve()
    await goOn.promise
    stopped = true
    allowed.delete(ada.pubkey)
    throw new HypertunaError('FORBIDDEN', 'Only members of this group get its files')
  }
  const first = get(ada)
  await halfway.promise
  const second = get(ben)
  await poll(() => asked.has(ben.pubkey)) // from then on he waits with ada
  goOn.resolve()
  t.ok((await second).body.equals(Buffer.from(file.bytes)))
  await first
  t.is(member.ranges.length, 2, 'fetched anew, in his name')
})

test('a download under way ends when who asked is let no more', async (t) => {
  const { file, member, let: allowed, get } = await scene(t)
  const ada = person()
  allowed.add(ada.pubkey)
  member.misbehaviour.chunk = (bytes, at) => {
    if (at < SIZE / 2) return Promise.resolve(bytes)
    allowed.clear()
    throw new HypertunaError('FORBIDDEN', 'Only members of this group get its files')
  }
  const got = await get(ada)
  t.is(got.status, 200)
  t.absent(got.complete, 'cut off, not short')
  t.ok(got.body.byteLength < SIZE)
  t.ok(Buffer.from(file.bytes).subarray(0, got.body.byteLength).equals(got.body))
  t.is(member.ranges.length, 1, 'and it gets no further')
})

test('another member goes on in mid-stream by the same authorization', async (t) => {
  const { file, member, other, let: allowed, asked, get } = await scene(t)
  const ada = person()
  allowed.add(ada.pubkey)
  const second = await other()
  for (const one of [member, second]) {
    one.misbehaviour.chunk = (bytes, at) => {
      const first = member.ranges.length + second.ranges.length === 1
      if (first && at >= PIECE_SIZE * 3) one.vanish()
      return Promise.resolve(bytes)
    }
  }
  const got = await get(ada)
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
  t.is(member.ranges.length, 1)
  t.is(second.ranges.length, 1, 'each served a part')
  t.alike([...asked], [ada.pubkey], 'and was asked for nothing without it')
})

/** What is in the files of this process that have no name any more. */
function unnamedFiles(): Buffer[] {
  let open: string[]
  try {
    open = fs.readdirSync('/proc/self/fd').map(String)
  } catch {
    return NONE
  }
  return open.flatMap((fd) => {
    try {
      const path = `/proc/self/fd/${fd}`
      return String(fs.readlinkSync(path)).endsWith('.part (deleted)')
        ? [Buffer.from(fs.readFileSync(path))]
        : []
    } catch {
      return [] // the descriptor of this very look
    }
  })
}
