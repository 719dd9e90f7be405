/** A block of a Hyperbee as it is cached; that all is found by it is told in quick-bee. */
import test from 'brittle'
import b4a from 'b4a'

import { Levels, PackedBlock } from '../../worker/packed-bee.ts'

const levels = [
  { keys: [7, 2_000_000_000, 9], children: [1, 0, 2, 1, 3, 0, 2_000_000_001, 2] },
  { keys: [], children: [] },
  { keys: [5], children: [] }
]

test('a block that was packed is as it was', (t) => {
  const value = b4a.from([0, 128, 255])
  const block = new PackedBlock('key', value, levels)
  t.alike(block.inflated.levels, levels)
  t.alike(block.key, b4a.from('key'))
  t.alike(block.value, value)
  t.is(new PackedBlock('key', null, []).value, null)
  const made = new Levels(block)
  t.is(made.get(2), made.get(2), 'a node is made once')
  t.is(made.get(3), undefined)
  t.ok(made.hasKey(2_000_000_000) && !made.hasKey(1))
})
