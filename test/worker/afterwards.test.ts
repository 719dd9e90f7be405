import test from 'brittle'

import { Afterwards } from '../../worker/afterwards.ts'

test('what can wait begins one after the other, and others have their turns between', async (t) => {
  const afterwards = new Afterwards()
  const told: string[] = []
  const tell = (what: string) => (): void => void told.push(what)
  const turns = ['one', 'two'].map((name) => afterwards.turn().then(tell(name)))
  await new Promise((resolve) => setTimeout(resolve, 0)) // a turn, in which it could
  t.alike(told, [], 'nobody before it begins')
  afterwards.begin()
  await Promise.resolve()
  t.alike(told, [], 'nor at once: who waits for us is told first')
  await turns[0]
  const between = new Promise<void>((resolve) => setTimeout(resolve, 0)).then(tell('between'))
  const late = afterwards.turn().then(tell('late'))
  await Promise.all([...turns, between, late])
  t.is(told[0], 'one')
  t.ok(told.indexOf('two') < told.indexOf('late'), 'who comes later waits for those before')
  await afterwards.turn()
  t.pass('and nobody waits where nobody is before')
})
