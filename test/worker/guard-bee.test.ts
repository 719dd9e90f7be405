/** What is deleted from a Hyperbee is gone, wherever in the tree it stood. */
import test from 'brittle'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'

import '../../worker/guard-bee.ts'

test('a deleted key is not found again', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const options = { extension: false, keyEncoding: 'utf-8', valueEncoding: 'json' } as const
  const bee = new Hyperbee<string, number>(store.get({ name: 'bee' }), options)
  await bee.ready()
  // The last one stands in the middle, and its block holds all that is left of it.
  for (const key of [1, 2, 3, 4, 6, 7, 8, 9, 5]) await bee.put(`key ${key}`, key)
  await bee.put('key 91', 91)
  t.is((await bee.get('key 5'))?.value, 5)
  await bee.del('key 5')
  await bee.put('key 92', 92)
  t.is(await bee.get('key 5'), null)
  t.is((await bee.get('key 4'))?.value, 4)
  t.is((await bee.get('key 6'))?.value, 6)
})
