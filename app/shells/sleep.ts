/** A computer that sleeps, or a program that was stopped: the network rests and comes back. */
import { createClient } from '../../protocol/rpc/client.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { KeptWorker } from './kept-worker.ts'
import type { Log } from './log.ts'

/** How often the clock is looked at, in ms. */
const LOOK = 10_000
/** A look that comes this much too late, in ms, was not merely held up by work. */
const GAP = 30_000

/** A computer's sleep, as Electron's powerMonitor tells of it. */
export interface Power {
  on(event: 'suspend' | 'resume', listener: () => void): unknown
}

export interface Clock {
  /** Wall clock in ms: it goes on while the computer sleeps. */
  now(): number
  /** Calls again and again until what it returns is called. */
  every(milliseconds: number, look: () => void): () => void
}

type Worker = Pick<KeptWorker, 'openSession' | 'once'>

/** The lid closes: the network rests, so that nobody waits for who is not there. */
export function sleepWith(power: Power, worker: Worker, log: Log): void {
  for (const [event, asleep] of [
    ['suspend', true],
    ['resume', false]
  ] as const) {
    power.on(event, () => {
      tell(worker, [asleep]).catch((err: unknown) => failed(log, err))
    })
  }
}

/**
 * Where no system tells of it: when the clock went on without us, the computer slept,
 * or we were stopped (Ctrl-Z). Whoever was connected has given us up meanwhile, so
 * connections are made anew at once, and not when each has timed out.
 */
export function wakeAfterGaps(worker: Worker, log: Log, clock: Clock = SYSTEM): void {
  let last = clock.now()
  const stop = clock.every(LOOK, () => {
    const now = clock.now()
    const late = now - last - LOOK
    last = now
    if (late < GAP) return
    log('woke-up', { afterSeconds: Math.round(late / 1000) })
    tell(worker, [true, false]).catch((err: unknown) => failed(log, err))
  })
  worker.once('close', stop)
}

async function tell(worker: Worker, states: readonly boolean[]): Promise<void> {
  const client = createClient(worker.openSession())
  try {
    for (const asleep of states) await client.call('setAsleep', { asleep })
  } finally {
    await client.close()
  }
}

/** A worker that is down, or still starts, has no connections that could be stale. */
function failed(log: Log, err: unknown): void {
  log('sleep-failed', { ...HypertunaError.from(err).toJSON() })
}

const SYSTEM: Clock = {
  now: () => Date.now(),
  every(milliseconds, look) {
    const timer = setInterval(look, milliseconds)
    timer.unref?.()
    return () => clearInterval(timer)
  }
}
