/** What takes a Set's place in Autobase is one. */
import test from 'brittle'

import { YoungSet } from '../../worker/relays/young-sets.ts'

test('few or many, it holds what a Set would', (t) => {
  let seed = 3
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    return (seed >> 8) % below
  }
  for (const most of [4, 90]) {
    const [young, plain] = [new YoungSet<number>([1, 2, 2]), new Set([1, 2])]
    for (let i = 0; i < 4000; i++) {
      const value = random(most)
      // Now more, now fewer
      if (random(10) < (i % 800 < 400 ? 8 : 2)) {
        young.add(value)
        plain.add(value)
      } else if (young.delete(value) !== plain.delete(value)) t.fail(`deleting in step ${i}`)
      const same = [...young].join() === [...plain].join()
      if (!same || young.size !== plain.size || young.has(value) !== plain.has(value)) {
        return t.fail(`step ${i} of up to ${most}`)
      }
    }
  }
  t.pass()
})

test('what is gone through may be taken out', (t) => {
  const young = new YoungSet(['a', 'b', 'c'])
  const met: string[] = []
  for (const value of young) {
    met.push(value)
    young.delete(value)
  }
  t.alike(met, ['a', 'b', 'c'])
  t.is(young.size, 0)
  t.alike([...new Set(young)], [])
})
