/** Waiting for an admin's word: also without a page, and after a restart. */
import { statSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { HypertunaError } from '../../protocol/errors.ts'
import type { WaitingJoin } from '../../protocol/rpc/generated/types.ts'
import { listed, openFeed } from './feeds.ts'
import { localDht } from './member.ts'
import type { TestContext } from './member.ts'
import { startWhole } from './whole.ts'
import type { Whole } from './whole.ts'

const pubkeyOf = ({ worker }: Whole): string => worker.use().identity.pubkey

async function asking(a: Whole): Promise<{ relayKey: string; invite: string }> {
  const { relayKey } = await a.calls.createRelay({ name: 'Field notes', access: 'private' })
  const terms = { relayKey, expiresIn: 600, uses: 0, approval: true }
  return { relayKey, invite: (await a.calls.createInvite(terms)).invite }
}

/** What waits, as soon as it is as wanted. */
async function waiting(
  t: TestContext,
  whole: Whole,
  holds: (waiting: WaitingJoin[]) => boolean
): Promise<WaitingJoin[]> {
  const feed = openFeed(t, whole, 'relayList', {})
  const list = await feed.wanted(({ waiting }) => holds(waiting ?? []))
  feed.leave()
  return list.waiting ?? []
}

const asked = (t: TestContext, a: Whole, relayKey: string): Promise<unknown> =>
  listed(t, a, relayKey, ({ requests }) => requests === 1)

test('it goes on without the page, and after a restart', { timeout: 90_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const a = await startWhole(t, bootstrap)
  const first = await startWhole(t, bootstrap, dir)
  const { relayKey, invite } = await asking(a)
  const page = openFeed(t, first, 'joinRelay', { invite })
  const { waitingId } = await page.wanted(({ phase }) => phase === 'asked')
  await asked(t, a, relayKey)
  page.leave()
  const [shown] = await waiting(t, first, ({ length }) => length === 1)
  t.is(shown?.id, waitingId)
  t.is(shown?.name, 'Field notes')
  t.is(shown?.problem, null)
  t.is(statSync(join(dir, 'waiting-joins.json')).mode & 0o777, 0o600, 'invites are secrets')
  await first.close()

  const b = await startWhole(t, bootstrap, dir)
  t.is((await waiting(t, b, ({ length }) => length === 1))[0]?.name, 'Field notes')
  const again = openFeed(t, b, 'joinRelay', { invite })
  await again.wanted(({ phase }) => phase === 'asked')
  t.is((await waiting(t, b, () => true)).length, 1, 'who pastes it again follows the same')
  await a.calls.approveRequest({ relayKey, pubkey: pubkeyOf(b) })
  const { relay } = await again.wanted(({ phase }) => phase === 'ready')
  t.is(relay?.relayKey, relayKey)
  await waiting(t, b, ({ length }) => length === 0)
  await b.close()
  const later = await startWhole(t, bootstrap, dir)
  t.is((await waiting(t, later, () => true)).length, 0, 'it waits no more after the next start')
})

test('who is declined finds it in the list', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  const b = await startWhole(t, bootstrap)
  const { relayKey, invite } = await asking(a)
  const page = openFeed(t, b, 'joinRelay', { invite })
  await asked(t, a, relayKey)
  page.leave()
  await a.calls.declineRequest({ relayKey, pubkey: pubkeyOf(b) })
  const [refused] = await waiting(t, b, ([join]) => join?.problem?.code !== undefined)
  t.is(refused?.problem?.code, 'INVITE_REJECTED')
  await b.calls.cancelJoin({ id: refused?.id ?? '' })
  await waiting(t, b, ({ length }) => length === 0)
  const told = openFeed(t, b, 'joinRelay', { invite })
  t.is(HypertunaError.from(await told.failed).code, 'INVITE_REJECTED')
  t.is((await waiting(t, b, () => true)).length, 0, 'who looks on is told at once')
})

test('who does not want to any more stops waiting', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const a = await startWhole(t, bootstrap)
  const b = await startWhole(t, bootstrap, dir)
  const { relayKey, invite } = await asking(a)
  const page = openFeed(t, b, 'joinRelay', { invite })
  const { waitingId } = await page.wanted(({ phase }) => phase === 'asked')
  await asked(t, a, relayKey)
  await b.calls.cancelJoin({ id: waitingId ?? '' })
  await waiting(t, b, ({ length }) => length === 0)
  await b.close()
  const later = await startWhole(t, bootstrap, dir)
  t.is((await waiting(t, later, () => true)).length, 0)
  t.is(later.worker.use().relays.groups.size, 0)
})
