import test from 'brittle'

import { claimOf, generateSecretKey, isRemembered, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { Verifier } from '../../worker/verify/verifier.ts'

const secretKey = generateSecretKey()

function events(count: number, content: string): NostrEvent[] {
  return Array.from({ length: count }, (_, i) =>
    signEvent({ kind: 9, created_at: i, tags: [], content: `${content} ${i}` }, secretKey)
  )
}

/** Makes an event that was not remembered when it was signed by another signature. */
const forged = (event: NostrEvent): NostrEvent => ({ ...event, sig: '0'.repeat(128) })

test('what holds is told from what does not, here and on the thread', async (t) => {
  const verifier = new Verifier()
  t.teardown(() => verifier.close())
  for (const round of ['first', 'second', 'third']) {
    const all = events(40, round).map((event, i) => (i % 4 === 0 ? forged(event) : event))
    const holds = await Promise.all(all.map((event) => verifier.check(event)))
    t.alike(
      holds,
      all.map((_, i) => i % 4 !== 0),
      `${round} load`
    )
    t.ok(
      all.every((event, i) => isRemembered(claimOf(event)!) === (i % 4 !== 0)),
      'and it is remembered'
    )
    if (round === 'first') await new Promise((resolve) => verifier.once('awake', resolve))
  }
})

test('a wrong id, a wrong shape and a changed text do not hold', async (t) => {
  const verifier = new Verifier()
  const [event] = events(1, 'changed')
  t.is(await verifier.check(event), true)
  t.is(await verifier.check({ ...event, content: 'other' }), false)
  t.is(await verifier.check({ ...event, id: 'f'.repeat(64) }), false)
  t.is(await verifier.check({ ...event, more: 1 }), false)
  t.is(await verifier.check(null), false)
})

test('what the thread was asked is answered when it ends', async (t) => {
  const verifier = new Verifier()
  await Promise.all(events(8, 'wake').map((event) => verifier.check(event)))
  await new Promise((resolve) => verifier.once('awake', resolve))
  const asked = Promise.all(events(64, 'late').map((event) => verifier.check(event)))
  await Promise.resolve() // they are sent, and not answered yet
  await verifier.close()
  t.ok((await asked).every(Boolean))
  t.is(await verifier.check(events(1, 'after')[0]), true, 'and what is asked later too')
})
