/** A block of a Hyperbee as it is cached; that all is found by it is told in quick-bee. */
import test from 'brittle'
import b4a from 'b4a'

import { FlatCache } from '../../worker/flat-cache.ts'
import { KeptBlocks, KeptKeys, Levels } from '../../worker/packed-bee.ts'

const SIZE = { bytes: 64 * 1024, records: 512 }

const levels = [
  { keys: [7, 2_000_000_000, 4_294_967_295], children: [1, 0, 2, 1, 3, 0, 2_000_000_001, 2] },
  { keys: [], children: [] },
  { keys: [5], children: [] }
]
const written = levels.map(({ keys, children }) => ({
  keys: keys.map((seq) => ({ seq })),
  children: children.flatMap((seq, i) => (i % 2 === 0 ? [{ seq, offset: children[i + 1]! }] : []))
}))

test('a block that was packed is as it was, read or written', (t) => {
  const kept = new KeptBlocks(new FlatCache(SIZE))
  const [key, value] = [b4a.from('key'), b4a.from([0, 128, 255])]
  kept.set(9, { key, value, index: null, inflated: { levels } })
  kept.keep(10, { key, value: null }, written)
  kept.keep(11, { key: b4a.alloc(0), value: b4a.alloc(0) }, [])
  for (const seq of [9, 10]) {
    const block = kept.get(seq)!
    t.alike(block.inflated.levels, levels)
    t.alike(block.key, key)
    t.alike(block.value, seq === 9 ? value : null)
    const made = new Levels(block)
    t.is(made.get(2), made.get(2), 'a node is made once')
    t.is(made.get(3), undefined)
    t.ok(made.hasKey(2_000_000_000) && !made.hasKey(1))
  }
  t.is(kept.get(11)!.value!.byteLength, 0, 'an empty value is one')
  t.is(kept.get(12), null)
})

test('what is taken out is not touched by what comes after', (t) => {
  const kept = new KeptBlocks(new FlatCache(SIZE))
  kept.keep(0, { key: b4a.from('first'), value: b4a.from('value') }, written)
  const block = kept.get(0)!
  for (let seq = 1; seq < 2000; seq++) {
    kept.keep(seq, { key: b4a.from('other'), value: b4a.from('other') }, written)
  }
  t.is(kept.get(0), null, 'it gave way')
  t.is(b4a.toString(block.key) + b4a.toString(block.value!), 'firstvalue')
  t.alike(block.inflated.levels, levels)
})

test('numbers that are too large to be kept are read again each time', (t) => {
  const kept = new KeptBlocks(new FlatCache(SIZE))
  const block = { key: b4a.from('key'), value: null, index: null }
  kept.set(1, { ...block, inflated: { levels } })
  kept.set(1, { ...block, inflated: { levels: [{ keys: [2 ** 32], children: [] }] } })
  t.is(kept.get(1), null)
})

test('Hyperbees forget what was cut off, and all of it, each by itself', (t) => {
  const cache = new FlatCache(SIZE)
  const [one, other] = [new KeptKeys(cache), new KeptKeys(cache)]
  for (let seq = 0; seq < 300; seq++) {
    one.set(seq, b4a.from(`one ${seq}`))
    other.set(seq, b4a.from(`other ${seq}`))
  }
  one.gc(290)
  t.alike([one.get(289), one.get(290), one.get(299)], [b4a.from('one 289'), null, null])
  one.set(290, b4a.from('anew'))
  one.gc(291)
  t.alike(one.get(290), b4a.from('anew'))
  one.gc(10)
  t.is(one.get(290), null)
  t.alike(other.get(290), b4a.from('other 290'))
  other.clear()
  t.is(other.get(290), null)
})
