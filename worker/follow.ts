/** What streams for faces share: listening as long as a face does, and to the group that is there. */
import AbortController from 'bare-abort-controller'

import type { Subscription } from '../protocol/rpc/subscription.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { coalesce } from './coalesce.ts'
import type { Group } from './relays/group.ts'
import type { Worker } from './worker.ts'

/** A subscription, or the part of it in which a group is the same. */
export type Feed<Value> = Pick<
  Subscription<Value>,
  'signal' | 'closed' | 'send' | 'latest' | 'fail'
>

/** Any emitter, whatever its events carry. */
export interface Emitter {
  on(event: string, listener: (...args: any[]) => void): unknown
  off(event: string, listener: (...args: any[]) => void): unknown
}

/** What says so when it is open. */
interface Opening extends Emitter {
  readonly opened: boolean
}

/** Listens for as long as the signal is not aborted. */
export function listen(
  signal: AbortSignal,
  sources: [Emitter, string][],
  listener: (...args: any[]) => void
): void {
  for (const [source, event] of sources) source.on(event, listener)
  signal.addEventListener('abort', () => {
    for (const [source, event] of sources) source.off(event, listener)
  })
}

/** Runs something as soon as what is being opened is open, unless the signal is aborted by then. */
export function once(signal: AbortSignal, opening: Opening, run: () => void): void {
  if (opening.opened) return run()
  const onready = (): void => {
    opening.off('ready', onready)
    run()
  }
  listen(signal, [[opening, 'ready']], onready)
}

/**
 * Runs `look` now and after each change, one at a time, as long as the face listens. Null
 * is nothing new.
 */
export function follow<Value>(
  feed: Feed<Value>,
  sources: [Emitter, string][],
  ms: number,
  look: () => Value | null | Promise<Value | null>
): void {
  let looking = Promise.resolve()
  const send = coalesce(ms, () => {
    looking = looking.then(async () => {
      if (feed.closed) return
      try {
        const value = await look()
        if (value !== null) feed.latest(value)
      } catch (err) {
        feed.fail(HypertunaError.from(err))
      }
    })
  })
  feed.signal.addEventListener('abort', () => send.stop())
  listen(feed.signal, sources, send)
  send()
}

/**
 * Begins with the group, and anew with the one that takes its place: who comes back by a
 * new invite has another group of the same key. In between the feed says nothing.
 * @throws UNKNOWN_RELAY
 */
export function withGroup<Value>(
  worker: Worker,
  relayKey: string,
  subscription: Feed<Value>,
  begin: (group: Group, feed: Feed<Value>) => void
): void {
  const { relays, files } = worker.use()
  relays.get(relayKey)
  let present: Group | null = null
  let life = new AbortController()
  const look = (): void => {
    const served = files.find(relayKey) === null ? null : (relays.groups.get(relayKey) ?? null)
    if (served === present) return
    life.abort(undefined)
    life = new AbortController()
    present = served
    if (served !== null) begin(served, during(subscription, life.signal as unknown as AbortSignal))
  }
  subscription.signal.addEventListener('abort', () => life.abort(undefined))
  const sources: [Emitter, string][] = [
    [relays, 'change'],
    [worker, 'group']
  ]
  listen(subscription.signal, sources, look)
  look()
}

/** What fails because the group is being closed is nobody's business. */
function during<Value>(subscription: Feed<Value>, signal: AbortSignal): Feed<Value> {
  const closed = (): boolean => signal.aborted || subscription.closed
  return {
    signal,
    get closed() {
      return closed()
    },
    send: (value) => !closed() && subscription.send(value),
    latest: (value) => {
      if (!closed()) subscription.latest(value)
    },
    fail: (reason) => {
      if (!closed()) subscription.fail(reason)
    }
  }
}
