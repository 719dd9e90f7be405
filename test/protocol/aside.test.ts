import test from 'brittle'

import { makeAside } from '../../protocol/aside.ts'

test('what is kept with an object is nobody’s but its own', (t) => {
  const one = makeAside<object, number>()
  const other = makeAside<object, string>()
  const event = { id: 'a', tags: [] }
  t.is(one.get(event), undefined)
  one.set(event, 1)
  other.set(event, 'x')
  t.is(one.get(event), 1)
  one.set(event, 2)
  t.is(one.get(event), 2)
  t.is(other.get(event), 'x')
  t.alike(Reflect.ownKeys(event), ['id', 'tags'])
  t.is(JSON.stringify(event), '{"id":"a","tags":[]}')
  t.is(one.get({ ...event }), undefined, 'a copy has nothing of it')
  t.is(one.get(Object.create(event) as object), undefined)
  const bytes = Buffer.from('bytes')
  other.set(bytes, 'y')
  t.is(other.get(bytes), 'y')
  t.is(other.get(bytes.subarray(0)), undefined)
  for (const value of [null, undefined, 5, 'text', true]) {
    t.is(one.get(value as never), undefined, 'anybody may hand in anything')
  }
})
