import AbortController from 'bare-abort-controller'

import { HypertunaError } from '../../protocol/errors.ts'
import type { Signal } from '../../protocol/file-channel/channel.ts'
import type { Group } from './group.ts'
import { readFormer, readLeftAt } from './state.ts'

export type JoinPhase = 'waiting' | 'syncing' | 'ready'

/** How somebody joins, and who is told of it. */
export interface JoinOptions {
  signal: Signal
  onphase(phase: JoinPhase): void
  name?: string
  /** Of who asked before: the same request is made again, and the invite may have expired. */
  asked?: { seed: Uint8Array; since: number }
}

/**
 * Resolves when the relay's card is here and this device may write to it.
 * @throws CANCELLED; INVITE_REJECTED when members refuse us, who were let in a moment ago
 */
export function joined(group: Group, signal: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      group.off('update', look)
      group.off('online', look)
      group.relay.off('writable', look)
      signal.removeEventListener('abort', cancel)
    }
    const cancel = (): void => {
      stop()
      reject(new HypertunaError('CANCELLED', 'Stopped waiting; the group will arrive later'))
    }
    const look = (): void => {
      if (!group.joined && !group.shutOut) return
      stop()
      if (group.joined) resolve()
      else reject(notKnown())
    }
    group.on('update', look)
    group.on('online', look)
    group.relay.on('writable', look)
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    else look()
  })
}

function notKnown(): HypertunaError {
  return new HypertunaError(
    'INVITE_REJECTED',
    'You were let in, but those who are online do not know you as a member: perhaps you were ' +
      'removed again. The group is in your list, and goes on by itself when they know you'
  )
}

/** Aborted as soon as one of the two is. */
export function either(first: Signal, second: Signal): Signal {
  const both = new AbortController()
  for (const signal of [first, second]) {
    if (signal.aborted) both.abort(signal.reason)
    signal.addEventListener('abort', () => both.abort(signal.reason), { once: true })
  }
  return both.signal
}

/**
 * How late the request by which we come in has to be dated at least, in unix seconds. Whoever
 * left here waits until somebody has heard of that: an admin who did not would take who asks
 * for one more device, which goes with the others when the leave arrives. And a second leave
 * within a second is dated ahead, where the group takes no older request.
 * @param group what is here of it from before; null for nothing
 * @param ms how long is waited at most
 */
export async function earliestJoin(
  group: Group | null,
  ms: number,
  signal: Signal
): Promise<number> {
  if (group === null) return 0
  const { state } = group.relay
  if ((await readFormer(state, group.pubkey)) === 'left') await handedOver(group, ms, signal)
  return (await readLeftAt(state, group.pubkey)) + 1
}

/** How often it is looked whether anybody has what we wrote, in ms. */
const LOOK_AGAIN = 50

/**
 * Waits until somebody else has all that this device wrote.
 * @param ms at most
 * @returns whether anybody does
 */
export async function handedOver(
  { relay, link }: Group,
  ms: number,
  signal?: Signal
): Promise<boolean> {
  const { local } = relay.base
  const heard = (): boolean =>
    local.peers.some((peer) => peer.remoteLength >= local.length) || link?.isShutOut === true // who heard of it in a private relay says no more
  for (const until = Date.now() + ms; !heard() && Date.now() < until;) {
    if (signal?.aborted === true) break
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
  }
  return heard()
}
