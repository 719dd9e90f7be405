/** Who is removed from a private group while away: nobody sends it anything, and yet it is told. */
import test from 'brittle'

import { listed, openFeed } from './feeds.ts'
import { localDht } from './member.ts'
import { joinBy, startWhole, together } from './whole.ts'
import type { Whole } from './whole.ts'

const pubkeyOf = ({ worker }: Whole): string => worker.use().identity.pubkey

const says = ({ calls }: Whole, relayKey: string, content: string): Promise<unknown> =>
  calls.post({ relayKey, content, kind: 9, files: [] })

test('removed from a private group while away', { timeout: 90_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const a = await startWhole(t, bootstrap)
  const before = await startWhole(t, bootstrap, dir)
  const { relayKey } = await together(a, [before], 'private')
  await says(before, relayKey, 'hello')
  await listed(t, a, relayKey, ({ lastEventAt }) => lastEventAt > 0)
  const pubkey = pubkeyOf(before)
  await before.close()
  await a.calls.removeMember({ relayKey, pubkey })

  const b = await startWhole(t, bootstrap, dir)
  const told = await listed(t, b, relayKey, ({ shutOut }) => shutOut === true)
  t.is(told.removed, false, 'of the removal itself it has heard nothing')
  t.is(told.name, 'Field notes')
  t.is((await listed(t, a, relayKey, () => true)).shutOut, false, 'the others are not')

  await a.calls.setRole({ relayKey, pubkey, role: 'member' })
  await listed(t, b, relayKey, ({ shutOut }) => shutOut === false)
  t.pass('it ends by itself when members know us again')
  const again = await listed(t, b, relayKey, ({ letIn }) => letIn === true) // it hears of the cut too
  t.alike([again.role, again.removed], ['member', false], 'in, and its writer is not')
  await joinBy(a, b, relayKey)
  await says(b, relayKey, 'back')
  const heard = openFeed(t, a, 'conversation', { relayKey, limit: 100 })
  await heard.wanted(({ events }) => events.some(({ content }) => content === 'back'))
  const back = await listed(t, b, relayKey, ({ state }) => state === 'ready')
  t.alike([back.removed, back.letIn], [false, false])
})

test('not known to a member who has not heard of us yet', { timeout: 90_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dirs = [await t.tmp(), await t.tmp()] as const
  const first = await startWhole(t, bootstrap, dirs[0])
  const away = await startWhole(t, bootstrap, dirs[1])
  const { relayKey } = await together(first, [away], 'private')
  await listed(t, away, relayKey, ({ members }) => members === 2)
  await away.close()
  const c = await startWhole(t, bootstrap)
  await joinBy(first, c, relayKey)
  await first.close()
  const b = await startWhole(t, bootstrap, dirs[1])
  await listed(t, c, relayKey, ({ shutOut }) => shutOut === true)
  await says(c, relayKey, 'I am new')
  await startWhole(t, bootstrap, dirs[0])
  await listed(t, c, relayKey, ({ shutOut }) => shutOut === false)
  const heard = openFeed(t, b, 'conversation', { relayKey, limit: 100 })
  await heard.wanted(({ events }) => events.some(({ content }) => content === 'I am new'))
  t.pass('as soon as somebody comes who has, all is well, and nothing is lost')
})
