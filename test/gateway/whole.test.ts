import test from 'brittle'
import type { Assert } from 'brittle'
import fs from 'bare-fs/promises'
import { join as joinPath } from 'bare-path'
import type { GatewayLimits } from '../../gateway/limits.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, askInVain, codeOf } from './client.ts'
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

interface Scene {
  file: TestFile
  url: string
  storage: string
  members: TestMember[]
}

/** A file whose record has no tree, held by one member for each way of behaving. */
async function scene(
  t: Assert,
  behaviours: Misbehaviour[],
  limits: Partial<GatewayLimits> = {}
): Promise<Scene> {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const people = behaviours.map(() => person())
  const author = people[0] ?? person()
  const file = relay.file(author, makeBytes(SIZE), { piecesRoot: null })
  const list = relay.list(people)
  const members: TestMember[] = []
  for (const [i, who] of people.entries()) {
    const misbehaviour = behaviours[i] ?? {}
    members.push(
      await startMember(t, { relay, person: who, list, bootstrap, files: [file], misbehaviour })
    )
  }
  const storage = await t.tmp()
  const gateway = await startGateway(t, bootstrap, { limits, config: { storage } })
  const url = `${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}`
  return { file, url, storage, members }
}

const bend = (bytes: Uint8Array): Promise<Uint8Array> => Promise.resolve(Buffer.alloc(bytes.length))

test('a record without a tree: the whole is checked before any of it leaves', async (t) => {
  const { file, url, storage, members } = await scene(t, [{}])
  const whole = Buffer.from(file.bytes)
  const got = await ask(url)
  t.is(got.status, 200)
  t.ok(got.complete && got.body.equals(whole))
  const part = await ask(url, { headers: { range: `bytes=${SIZE - 10}-` } })
  t.is(part.status, 206)
  t.ok(part.body.equals(whole.subarray(SIZE - 10)))
  t.is(members[0]?.ranges.length, 1, 'one download serves both')
  const incoming = joinPath(storage, 'cache', 'incoming')
  t.alike(await fs.readdir(incoming), [], 'and leaves nothing behind that is not known to be right')
})

test('a liar is found by the hash, and another member serves', async (t) => {
  const { file, url } = await scene(t, [{ chunk: bend }, {}])
  const got = await ask(url)
  t.is(got.status, 200)
  t.ok(got.body.equals(Buffer.from(file.bytes)))
})

test('only liars: 502 and no byte of theirs', async (t) => {
  const { url } = await scene(t, [{ chunk: bend }])
  const got = await ask(url)
  t.is(got.status, 502)
  t.is(codeOf(got), 'WRONG_BYTES')
})

test('longer than the deadline: 504, then it is there', async (t) => {
  let release = (): void => {}
  const slow = new Promise<void>((resolve) => (release = resolve))
  const chunk = async (bytes: Uint8Array): Promise<Uint8Array> => {
    await slow
    return bytes
  }
  const { file, url, members } = await scene(t, [{ chunk }], { firstByte: 800, stall: 20_000 })
  t.is((await ask(url)).status, 504)
  release()
  const got = await ask(url)
  t.is(got.status, 200)
  t.ok(got.body.equals(Buffer.from(file.bytes)))
  t.is(members[0]?.ranges.length, 1, 'the first download went on')
})

test('no room for it: 503', async (t) => {
  const { url } = await scene(t, [{}], { spoolBytes: SIZE - 1 })
  const got = await ask(url)
  t.is(got.status, 503)
  t.is(codeOf(got), 'STORAGE_FULL')
  t.is((await ask(url, { method: 'HEAD' })).status, 200, 'HEAD needs no room')
})

test('nobody waits any more: the download ends', async (t) => {
  const chunk = async (bytes: Uint8Array): Promise<Uint8Array> => {
    await new Promise((resolve) => setTimeout(resolve, 50)) // a slow line
    return bytes
  }
  const { url, members } = await scene(t, [{ chunk }])
  const [member] = members
  const served = new Promise((resolve) => member?.once('served', resolve))
  const ended = new Promise((resolve) => member?.once('ended', resolve))
  const leave = askInVain(url)
  await served
  leave()
  t.ok(Number(await ended) < SIZE, 'before the member sent all of it')
})
