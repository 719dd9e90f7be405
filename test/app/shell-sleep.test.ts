/** What a shell does when its computer slept, by a clock that the test turns. */
import test from 'brittle'
import EventEmitter from 'bare-events'
import { wakeAfterGaps, type Clock } from '../../app/shells/sleep.ts'
import { serveCalls } from '../../protocol/rpc/server.ts'
import { createSessionPipe, openSession, serveSessions } from '../../protocol/rpc/session.ts'
import { handlersWith } from '../protocol/handlers.ts'
import { streamPair } from '../protocol/stream-pair.ts'

test('after a gap in time the network rests and comes back, and not before', async (t) => {
  const told: boolean[] = []
  const { promise: back, resolve } = Promise.withResolvers<void>()
  const { near, far } = streamPair()
  const handlers = handlersWith({
    async setAsleep({ asleep }) {
      told.push(asleep)
      if (!asleep) resolve()
      return {}
    }
  })
  serveSessions(far, (session) => serveCalls(session, handlers))
  const { mux } = createSessionPipe(near)
  const worker = Object.assign(new EventEmitter(), { openSession: () => openSession(mux) })

  const clock = { now: 1_000_000, look: () => {}, stopped: false }
  const turned: Clock = {
    now: () => clock.now,
    every(_, look) {
      clock.look = look
      return () => (clock.stopped = true)
    }
  }
  const events: string[] = []
  wakeAfterGaps(worker as never, (event) => void events.push(event), turned)
  const pass = (seconds: number): void => {
    clock.now += seconds * 1000
    clock.look()
  }
  pass(10)
  pass(25) // a busy computer
  pass(-3600) // somebody set the clock
  pass(10)
  t.alike(events, [])
  pass(3600)
  await back
  t.alike(told, [true, false], 'only now, and in this order')
  t.alike(events, ['woke-up'])
  worker.emit('close')
  t.ok(clock.stopped)
})
