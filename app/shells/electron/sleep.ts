import { createClient } from '../../../protocol/rpc/client.ts'
import { HypertunaError } from '../../../protocol/errors.ts'
import type { KeptWorker } from '../kept-worker.ts'
import type { Log } from '../log.ts'

/** A computer's sleep, as Electron's powerMonitor tells of it. */
export interface Power {
  on(event: 'suspend' | 'resume', listener: () => void): unknown
}

/** The lid closes: the network rests, so that nobody waits for who is not there. */
export function sleepWith(power: Power, worker: KeptWorker, log: Log): void {
  const tell = async (asleep: boolean): Promise<void> => {
    const client = createClient(worker.openSession())
    try {
      await client.call('setAsleep', { asleep })
    } finally {
      await client.close()
    }
  }
  for (const [event, asleep] of [
    ['suspend', true],
    ['resume', false]
  ] as const) {
    power.on(event, () => {
      tell(asleep).catch((err: unknown) => log('sleep-failed', { ...HypertunaError.from(err) }))
    })
  }
}
