/** Files that are too large for the cache: it has their last pieces, and all who read share them. */
import test from 'brittle'
import type { Assert } from 'brittle'
import { Places } from '../../gateway/cache/places.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, askSlowly, take, type Reply } from './client.ts'
import { localDht, makeBytes, person, startGateway, startMember, TestRelay } from './fixture.ts'
import type { TestFile, TestMember } from './fixture.ts'

const PIECES = 48
const SIZE = PIECE_SIZE * PIECES - 7
/** Room for 32 pieces of one file. */
const CACHE = PIECE_SIZE * 64
const LONG = { timeout: 60_000 }

interface Scene {
  file: TestFile
  right: Buffer
  member: TestMember
  start: () => Promise<{
    gateway: Gateway
    url: string
    get: (range?: string, cached?: boolean) => Promise<Reply>
  }>
}

async function scene(t: Assert): Promise<Scene> {
  const bootstrap = await localDht(t)
  const [relay, alice, storage] = [new TestRelay(), person(), await t.tmp()]
  const file = relay.file(alice, makeBytes(SIZE))
  const list = relay.list([alice])
  const member = await startMember(t, { relay, person: alice, list, bootstrap, files: [file] })
  const start: Scene['start'] = async () => {
    const gateway = await startGateway(t, bootstrap, { config: { storage, cacheSize: CACHE } })
    const url = `${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}`
    const get = (range?: string, cached = false): Promise<Reply> => {
      const headers: Record<string, string> = range === undefined ? {} : { range }
      if (cached) headers['cache-control'] = 'only-if-cached'
      return ask(url, { headers })
    }
    return { gateway, url, get }
  }
  return { file, right: Buffer.from(file.bytes), member, start }
}

const askedOf = ({ ranges }: TestMember): number =>
  ranges.reduce((sum, { length }) => sum + length, 0)

test('many clients of one that is larger than the cache share a download', LONG, async (t) => {
  const { right, member, start } = await scene(t)
  const { gateway, url, get } = await start()
  const replies = await Promise.all(
    Array.from({ length: 20 }, async () => take((await askSlowly(url)).res))
  )
  t.ok(replies.every(({ complete, body }) => complete && body.equals(right)))
  t.ok(askedOf(member) < SIZE * 2, `${askedOf(member) / SIZE} downloads for 20 clients`)
  t.ok(gateway.cache.usage.bytes <= CACHE / 2, 'within its half')

  t.is((await get('bytes=0-9', true)).status, 412, 'its beginning is not here any more')
  const tail = await get('bytes=-10', true)
  t.is(tail.status, 206, 'its end is')
  t.ok(tail.body.equals(right.subarray(-10)))
  t.ok((await get('bytes=0-9')).body.equals(right.subarray(0, 10)), 'and the beginning comes anew')

  await gateway.close()
  const again = await start()
  t.ok((await again.get('bytes=-300000', true)).body.equals(right.subarray(-300_000)))
})

test(
  'who reads far from each other gets the right bytes, whoever has the place',
  LONG,
  async (t) => {
    const { right, start } = await scene(t)
    const { gateway, get } = await start()
    const read = async (at: number): Promise<boolean> => {
      const end = Math.min(SIZE, at + PIECE_SIZE * 3 + 11)
      const { status, body, complete } = await get(`bytes=${at}-${end - 1}`)
      return status === 206 && complete && body.equals(right.subarray(at, end))
    }
    for (let round = 0; round < 4; round++) {
      // Pairs of pieces that share a place, read at the same moment.
      const at = [0, 32, 1, 33, 5, 37, 12, 44].map((piece) => piece * PIECE_SIZE + round * 1000)
      t.ok((await Promise.all(at.map(read))).every(Boolean))
    }
    t.ok((await get()).body.equals(right), 'and whoever wants all of it')
    t.ok(gateway.cache.usage.bytes <= CACHE / 2)
  }
)

test('who has a place is told apart, and writes there alone', async (t) => {
  const places = new Places(32, PIECES)
  t.is(places.of(40), 8)
  const lost: number[] = []
  const free = await places.take(8, (other) => lost.push(other))
  const read = places.turnOf(8)
  let waited = true
  const second = places
    .take(40, (other) => lost.push(other))
    .then((done) => {
      waited = false
      done()
    })
  await Promise.resolve()
  t.ok(waited, 'while one writes there, nobody else does')
  t.is(places.turnOf(8), read)
  free()
  await second
  t.alike(lost, [8])
  t.not(places.turnOf(8), read, 'what was read meanwhile may be another piece')
  t.is(new Places(PIECES, PIECES).of(40), 40, 'with room for all each has its own')
})
