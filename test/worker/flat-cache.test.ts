/** A cache that is one piece of memory never says anything but what was put last. */
import test from 'brittle'

import { FlatCache } from '../../worker/flat-cache.ts'
import type { Owner } from '../../worker/flat-cache.ts'

const SIZE = { bytes: 16 * 1024, records: 512 }

function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    return (seed >> 8) % below
  }
}

/** Puts a record of which each word says what it is. */
function put(cache: FlatCache, owner: Owner, seq: number, length: number, what: number): boolean {
  const at = cache.put(owner, seq, length)
  if (at >= 0) cache.words.fill(what, at, at + length)
  return at >= 0
}

test('what is found is what was put, through many rounds of the ring', (t) => {
  const cache = new FlatCache(SIZE)
  const below = random(5)
  const owners = [cache.owner(), cache.owner(), cache.owner()]
  const model = new Map<string, { length: number; what: number }>()
  let found = 0
  for (let step = 1; step < 60_000; step++) {
    const owner = owners[below(3)]!
    const seq = below(400)
    const name = `${owner}:${seq}`
    const what = below(8)
    if (what < 3) {
      const length = 1 + below(20)
      if (put(cache, owner, seq, length, step)) model.set(name, { length, what: step })
    } else if (what === 3) {
      cache.delete(owner, seq)
      model.delete(name)
    } else {
      const at = cache.find(owner, seq)
      if (at < 0) continue
      const expected = model.get(name)
      if (expected === undefined) return t.fail(`${name} was deleted`)
      const words = cache.words.subarray(at, at + expected.length)
      if (words.some((word) => word !== expected.what)) return t.fail(`${name} is another`)
      found++
    }
  }
  t.ok(found > 5000, `${found} were found`)
})

test('what is asked for stays, what nobody asks for gives way', (t) => {
  const cache = new FlatCache(SIZE)
  const owner = cache.owner()
  put(cache, owner, 0, 8, 77)
  put(cache, owner, 1, 8, 78)
  for (let seq = 2; seq < 5000; seq++) {
    put(cache, owner, seq, 8, seq)
    if (seq % 50 === 0 && cache.find(owner, 0) < 0) return t.fail(`lost at ${seq}`)
  }
  const at = cache.find(owner, 0)
  t.ok(cache.words.subarray(at, at + 8).every((word) => word === 77))
  t.is(cache.find(owner, 1), -1)
  t.ok(cache.find(owner, 4999) >= 0)
})

test('what is too large is not kept, nor what stood in its place', (t) => {
  const cache = new FlatCache(SIZE)
  const owner = cache.owner()
  t.is(cache.find(owner, 3), -1, 'an empty one')
  t.ok(put(cache, owner, 3, 4, 1))
  t.is(cache.put(owner, 3, 4096), -1)
  t.is(cache.find(owner, 3), -1)
  t.is(cache.put(owner, 2 ** 32, 1), -1)
  t.is(cache.words.byteLength, SIZE.bytes)
})
