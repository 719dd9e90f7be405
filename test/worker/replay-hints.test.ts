/** What a replay touched is told when the view shows it, and not lost before. */
import test from 'brittle'

import { encodeRecord } from '../../worker/relays/records.ts'
import type { RelayUpdate } from '../../worker/relays/relay.ts'
import { ReplayHints } from '../../worker/relays/replay-hints.ts'
import { readProviders, readWriterFacts } from '../../worker/relays/state.ts'
import { says, seats, signed } from './group-fixture.ts'

const HASH = 'ab'.repeat(32)

test('who looks in the middle of a replay hears of it afterwards too', async (t) => {
  const [founder] = await seats(t, 0)
  const { relay } = founder!.group
  await says(founder!, 'first')

  // The look at one update takes so long that the next replay is under way when another begins.
  const slow = Promise.withResolvers<void>()
  const { log } = relay.base.view
  const get = log.get.bind(log)
  const asked = new Promise<void>((resolve) => {
    log.get = async (...request) => {
      resolve()
      await slow.promise
      return get(...request)
    }
  })
  const looks = { ended: 0 }
  relay.on('update', () => looks.ended++)
  const say = (content: string): Promise<unknown> => {
    const event = signed(founder!, 9, [], content)
    return relay.base.append(encodeRecord({ type: 'event', event }))
  }
  await say('second')
  await asked
  await say('third')

  const { _handlers: handlers } = relay.base as unknown as {
    _handlers: { apply(...args: unknown[]): Promise<void> }
  }
  const { apply } = handlers
  handlers.apply = async (...args) => {
    await apply(...args)
    handlers.apply = apply
    const before = looks.ended
    slow.resolve()
    await until(relay, () => looks.ended >= before + 2)
  }
  const told = new Promise<string[]>((resolve) => {
    relay.on('update', ({ touched }: RelayUpdate) => {
      if (touched === null || !touched.has(HASH)) return
      void readProviders(relay.state, HASH).then((found) =>
        resolve(found.map(({ driveKey }) => driveKey))
      )
    })
  })
  const driveKey = (await readWriterFacts(relay.state, relay.writer))!.drive!
  const announcement = { type: 'announce' as const, driveKey, held: [HASH], withdrawn: [] }
  await relay.base.append(encodeRecord(announcement))
  t.alike(await told, [driveKey], 'and finds what it was told of')
})

test('hints are given once, and too many of them are one', (t) => {
  const hints = new ReplayHints()
  hints.from(7)
  hints.from(5)
  hints.touched(HASH)
  t.alike(hints.take(), { from: 5, touched: new Set([HASH]) })
  t.alike(hints.take(), { from: Infinity, touched: new Set() })
  for (let i = 0; i <= 10_000; i++) hints.touched(i.toString(16).padStart(64, '0'))
  t.is(hints.take().touched, null)
})

function until(
  relay: { on(event: 'update', listener: () => void): unknown },
  holds: () => boolean
): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (holds()) resolve()
    }
    relay.on('update', look)
    look()
  })
}
