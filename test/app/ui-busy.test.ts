/** What is busy: a worker that starts is waited for, anything else is told at once. */
import test from 'brittle'

import { onceStarted } from '../../app/ui/parts/once-started.ts'
import { HypertunaError, startingError } from '../../protocol/errors.ts'
import { packed, unpacked } from '../../protocol/rpc/wire-error.ts'

/** A job that fails like this so many times, as it comes over the session; and how often it ran. */
function failing(error: HypertunaError, times: number) {
  const tried = { times: 0 }
  const job = async (): Promise<void> => {
    if (tried.times++ < times) throw unpacked(packed(error))
  }
  return { tried, job }
}

test('a worker that is starting is asked again', async (t) => {
  const { tried, job } = failing(startingError('Hypertuna is starting'), 3)
  await onceStarted(job, 0)
  t.is(tried.times, 4)
  const never = failing(startingError('Hypertuna is starting'), Infinity)
  await t.exception(onceStarted(never.job, 0), /Hypertuna is starting/, 'but not for ever')
})

test('another BUSY is told at once, in its own words', async (t) => {
  const message = 'Too many wrong passphrases: try again in 8 seconds'
  for (const details of [undefined, { wait: 8 }]) {
    const { tried, job } = failing(
      new HypertunaError('BUSY', message, { ...(details && { details }) }),
      1
    )
    await t.exception(onceStarted(job, 0), /try again in 8 seconds/)
    t.is(tried.times, 1, 'asked once')
  }
})
