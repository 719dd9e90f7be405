/** A post that is asked for again, because its answer was never heard. */
import test from 'brittle'

import { HypertunaError } from '../../protocol/errors.ts'
import type { PostRequest } from '../../protocol/rpc/generated/types.ts'
import { localDht } from './member.ts'
import { startWhole } from './whole.ts'
import type { Whole } from './whole.ts'

const NAME = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'
const OTHER = '0e8400e2-9b41-41d4-a716-446655440000'

/** The words that are in the group's log. */
async function said({ worker }: Whole, relayKey: string): Promise<string[]> {
  const events = await worker.use().relays.get(relayKey).relay.newestEvents(100)
  return events.filter(({ kind }) => kind === 9).map(({ content }) => content)
}

test('is made once, also by another life of the worker', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const first = await startWhole(t, bootstrap)
  const { relayKey } = await first.calls.createRelay({ name: 'Field notes', access: 'closed' })
  const post = (content: string, more: Partial<PostRequest>): PostRequest => {
    return { relayKey, content, kind: 9, files: [], ...more }
  }
  const wish = post('hello', { postId: NAME })
  const { eventId } = await first.calls.post(wish)
  // Of another second, and after somebody's words: the event would be another one.
  for (let i = 0; i < 20; i++) await first.calls.post(post(`and ${i}`, {}))
  await first.close()

  const next = await startWhole(t, bootstrap, first.storage)
  await next.worker.use().relays.ready()
  const again = { ...wish, again: true }
  t.is((await next.calls.post(again)).eventId, eventId)
  t.is((await next.calls.post(again)).eventId, eventId)
  const same = await next.calls.post(post('hello', { postId: OTHER, again: true }))
  t.not(same.eventId, eventId, 'the same words under another name are another post')
  const words = await said(next, relayKey)
  t.is(words.filter((content) => content === 'hello').length, 2)

  await next.calls.deleteMessage({ relayKey, eventId })
  t.is((await next.calls.post(again)).eventId, eventId, 'what was deleted does not come back')
  t.is((await said(next, relayKey)).filter((content) => content === 'hello').length, 1)
})

test('is made once when it is asked for while it is made', { timeout: 60_000 }, async (t) => {
  const whole = await startWhole(t, await localDht(t))
  const { relayKey } = await whole.calls.createRelay({ name: 'Field notes', access: 'closed' })
  const wish = { relayKey, content: 'hello', kind: 9, files: [], postId: NAME }
  const asked = [whole.calls.post(wish), whole.calls.post({ ...wish, again: true })]
  const [one, two] = await Promise.all(asked)
  t.is(one!.eventId, two!.eventId)
  t.alike(await said(whole, relayKey), ['hello'])
  for (const postId of ['', 'short', 'x'.repeat(65), 'with a space in it']) {
    const refused = await Promise.resolve(whole.calls.post({ ...wish, postId })).catch(
      (err: unknown) => HypertunaError.from(err).code
    )
    t.is(refused, 'BAD_REQUEST', postId)
  }
})
