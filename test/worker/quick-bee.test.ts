/** A Hyperbee answers the same, whatever of it is in memory. */
import test from 'brittle'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'

import '../../worker/guard-bee.ts'
import '../../worker/quick-bee.ts'
import '../../worker/warm-bee.ts'

const OPTIONS = { extension: false, keyEncoding: 'utf-8', valueEncoding: 'json' } as const

test('what was put and deleted, in batches and after them, from memory and from the disk', async (t) => {
  const path = await t.tmp()
  let store = new Corestore(path)
  let bee = new Hyperbee<string, number>(store.get({ name: 'bee' }), OPTIONS)
  await bee.ready()
  const model = new Map<string, number>()
  let seed = 3
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    return (seed >> 8) % below
  }
  const keyAt = (n: number): string => `key ${Math.imul(n, 2654435761) >>> 0}`
  const compare = async (state: Pick<typeof bee, 'get'>, what: string): Promise<void> => {
    for (let n = 0; n < 300; n++) {
      const found = (await state.get(keyAt(n)))?.value
      if (found !== model.get(keyAt(n))) return t.fail(`${what}, ${n}: ${found}`)
    }
    t.pass(what)
  }
  for (let round = 0; round < 12; round++) {
    const batch = bee.batch({ update: false })
    for (let n = 0; n < 80; n++) {
      const key = keyAt(random(300))
      if (random(4) === 0) {
        await batch.del(key)
        model.delete(key)
      } else {
        await batch.put(key, round * 100 + n)
        model.set(key, round * 100 + n)
      }
      if ((await batch.get(key))?.value !== model.get(key)) t.fail(`in the batch: ${key}`)
    }
    if (round % 4 === 0) await compare(batch, `within round ${round}`)
    await batch.flush()
    if (round % 4 === 1) await compare(bee, `after round ${round}`)
    if (round % 4 !== 2) continue
    await store.close()
    store = new Corestore(path)
    bee = new Hyperbee<string, number>(store.get({ name: 'bee' }), OPTIONS)
    await bee.ready()
    await compare(bee, `after round ${round}, opened again`)
  }
  const keys = []
  for await (const { key } of bee.createReadStream()) keys.push(key)
  t.alike(keys, [...model.keys()].sort())
  await store.close()
})

test('what was cut off and written anew is read as it is now', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const core = store.get({ name: 'bee' })
  const bee = new Hyperbee<string, number>(core, OPTIONS)
  await bee.ready()
  for (let n = 0; n < 40; n++) await bee.put(`key ${n}`, n)
  for (let n = 0; n < 40; n++) await bee.get(`key ${n}`)
  await core.truncate(21) // the header and twenty
  for (let n = 20; n < 60; n++) await bee.put(`key ${n}`, -n)
  for (let n = 0; n < 60; n++) {
    const found = (await bee.get(`key ${n}`))?.value
    if (found !== (n < 20 ? n : -n)) t.fail(`${n}: ${found}`)
  }
  t.pass()
})
