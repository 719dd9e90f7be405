/** Joining a group, and waiting for what a group has to become. */
import AbortController from 'bare-abort-controller'

import type { Relays } from '../../worker/relays/relays.ts'

interface Emitter {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

export async function joinBy(relays: Relays, invite: string): Promise<void> {
  const signal = new AbortController().signal
  await relays.join(invite, { signal: signal as never, onphase() {} })
}

/** Resolves when the condition holds; looks again at each of the events. */
export function quietly(holds: () => boolean, ...sources: [Emitter, string][]): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds()) return
      for (const [source, event] of sources) source.off(event, look)
      resolve()
    }
    for (const [source, event] of sources) source.on(event, look)
    look()
  })
}
