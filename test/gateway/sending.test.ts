/** What clients get while buffers are used again and again. */
import test from 'brittle'
import { Chunks } from '../../gateway/chunks.ts'
import { Pool } from '../../gateway/pool.ts'
import { ask, askSlowly, take } from './client.ts'
import { localDht, makeBytes, person, startGateway, startMember, TestRelay } from './fixture.ts'

// More than the system takes for a client that reads nothing.
const SIZE = 16 * 1024 * 1024 + 321
const CLIENTS = 12
const LONG = { timeout: 60_000 }

test('a buffer is used again when everybody has given it back', (t) => {
  const pool = new Pool()
  const first = pool.take(20_000)
  t.is(first.byteLength, 20_000)
  pool.share(first)
  pool.give(first.subarray(10))
  t.not(pool.take(20_000).buffer, first.buffer, 'somebody has it still')
  pool.give(first)
  const again = pool.take(32_768)
  t.is(again.buffer, first.buffer)
  pool.give(again)
  pool.give(again)
  t.not(pool.take(32_768).buffer, pool.take(32_768).buffer, 'given back twice, it is there once')
  const strange = Buffer.alloc(20_000)
  pool.give(strange)
  t.not(pool.take(20_000).buffer, strange.buffer, 'what is not from here is left alone')
})

test('who is as far as another shares what it gets', async (t) => {
  const pool = new Pool()
  const chunks = new Chunks(pool, () => 40_000)
  let fills = 0
  const fill = (bytes: Buffer): Promise<boolean> => {
    bytes.fill(++fills)
    return Promise.resolve(fills !== 2)
  }
  const [one, two] = await Promise.all([chunks.take(0, 20_000, fill), chunks.take(0, 20_000, fill)])
  t.is(one?.buffer, two?.buffer)
  t.is(fills, 1)
  t.is(await chunks.take(20_000, 40_000, fill), null, 'what is not there is not remembered')
  t.is((await chunks.take(20_000, 40_000, fill))?.[0], 3)
  pool.give(one!)
  await chunks.take(40_000, 60_000, fill) // there is no room for the first one now
  const other = pool.take(20_000)
  t.not(other.buffer, one?.buffer, 'one client has it still')
  pool.give(two!)
  t.is(pool.take(20_000).buffer, one?.buffer)
})

test('clients of any pace get their bytes and nobody else’s', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const alice = person()
  const file = relay.file(alice, makeBytes(SIZE))
  const list = relay.list([alice])
  await startMember(t, { relay, person: alice, list, bootstrap, files: [file] })
  for (const memory of [256 * 1024, 64 * 1024 * 1024]) {
    const { url } = await startGateway(t, bootstrap, { limits: { memory } })
    const address = `${url}/drive/${relay.publicIdentifier}/${file.hash}`
    t.is((await ask(address)).body.byteLength, SIZE)
    const all = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, i) => {
        const start = i % 3 === 0 ? 0 : i * 7919
        const { res } = await askSlowly(address, { headers: { range: `bytes=${start}-` } })
        res.pause() // the system's buffers are full, and what comes next waits in ours
        return { res, start }
      })
    )
    for (const { res, start } of all.sort((a, b) => b.start - a.start)) {
      const got = take(res)
      res.resume()
      const { body, complete } = await got
      const right = Buffer.from(file.bytes).subarray(start)
      t.ok(complete && body.equals(right), `from ${start}, with ${memory}`)
    }
  }
})
