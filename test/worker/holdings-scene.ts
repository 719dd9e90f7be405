/** Members who ask each other what they hold, quickly; and what comes of it. */
import type { Holder, Safety } from '../../worker/files/holdings/holdings.ts'
import type { TestContext } from './member.ts'
import { startWhole } from './whole.ts'
import type { Whole } from './whole.ts'

/** What takes an hour takes a moment here. */
const PACE = { reprove: 300, retry: 300, look: 100, patience: 5000, save: 200 }

export const start = (t: TestContext, bootstrap: string[], dir?: string): Promise<Whole> =>
  startWhole(t, bootstrap, dir, { pace: PACE })

/** Resolves when what is known of the group's holders is as it should be. */
export function known({ worker }: Whole, holds: (safety: Safety) => boolean): Promise<Safety> {
  const { holdings } = worker.use()
  return new Promise((resolve) => {
    const look = (): void => {
      const safety = holdings.safety()
      if (!holds(safety)) return
      holdings.off('change', look)
      resolve(safety)
    }
    holdings.on('change', look)
    look()
  })
}

/** What one member knows of another as a holder of a file. */
export function holderOf(
  whole: Whole,
  relayKey: string,
  hash: string,
  other: Whole
): Holder | undefined {
  const { drive } = other.worker.use()
  const holders = whole.worker.use().holdings.holders(relayKey, hash)
  return holders.find(({ driveKey }) => driveKey === drive.key)
}
