import test from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'

import { LogCursor } from '../../worker/relays/log-cursor.ts'
import { LogReader } from '../../worker/relays/log-reader.ts'
import { codeOf } from '../protocol/codes.ts'
import type { TestContext } from './member.ts'

/** A log, and a copy of it on another device that lacks what comes after `here`. */
async function copyOf(
  t: TestContext,
  events: number,
  here: number
): Promise<{ copy: Hypercore; meet: () => void }> {
  const [ours, theirs] = [new Corestore(await t.tmp()), new Corestore(await t.tmp())]
  const log = theirs.get({ name: 'log' })
  await log.append(Array.from({ length: events }, (_, i) => b4a.from(`{"id":"${i}"}`)))
  const copy = ours.get({ key: log.key })
  const connect = (): (() => Promise<unknown>) => {
    const [left, right] = [ours.replicate(true), theirs.replicate(false)]
    left.pipe(right).pipe(left)
    for (const stream of [left, right]) stream.on('error', () => {})
    const ended = Promise.all(
      [left, right].map((stream) => new Promise<void>((done) => stream.on('close', () => done())))
    )
    return () => {
      left.destroy()
      return ended
    }
  }
  const part = connect()
  await copy.update({ wait: true })
  for (let i = 0; i < here; i++) await copy.get(i)
  await part()
  t.teardown(async () => {
    await ours.close()
    await theirs.close()
  })
  return { copy, meet: connect }
}

test('an event that nobody sends is not waited for, and told of when it comes', async (t) => {
  const { copy, meet } = await copyOf(t, 5, 3)
  const late = Promise.withResolvers<number>()
  const reader = new LogReader(() => copy, late.resolve)
  t.is((await reader.at(2)).id, '2')
  t.is(await reader.here(3), null)
  t.is(await reader.soon(3), null)
  t.is(await codeOf(reader.at(3)), 'NOBODY_ONLINE')
  meet()
  t.is(await late.promise, 3)
  t.is((await reader.here(3))?.id, '3')
  await reader.stop()
})

test('a log that lacks events is told up to the first, and the rest when it is there', async (t) => {
  const { copy, meet } = await copyOf(t, 5, 3)
  const cursor = new LogCursor(() => copy)
  const first = await cursor.advance()
  t.alike(
    first.events.map(({ id }) => id),
    ['0', '1', '2']
  )
  t.is(first.missing, 3)
  t.is(first.reordered, false)
  t.is((await cursor.advance()).missing, 3, 'and no event twice')
  meet()
  for (const i of [3, 4]) await copy.get(i)
  const rest = await cursor.advance()
  t.alike(
    rest.events.map(({ id }) => id),
    ['3', '4']
  )
  t.is(rest.missing, null)
})

test('who stops waiting is told nothing', async (t) => {
  const { copy } = await copyOf(t, 2, 1)
  const reader = new LogReader(
    () => copy,
    () => t.fail('told')
  )
  reader.await(1)
  const stopped = reader.stop()
  await copy.close()
  await stopped
  t.pass('and the waiting ends with the log')
})

test('a log that fails at once is not asked again and again', async (t) => {
  let asked = 0
  const broken = {
    length: 1,
    get: () => {
      if (++asked > 10) void reader.stop() // else nothing else would ever have its turn
      return Promise.reject(new Error('closed'))
    }
  }
  const reader = new LogReader(
    () => broken as unknown as Hypercore,
    () => t.fail('told')
  )
  reader.await(0)
  await new Promise((resolve) => setImmediate(resolve))
  t.is(asked, 1)
  await reader.stop()
})
