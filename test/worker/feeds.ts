/** Feeds of a whole worker, as a face that stays has them. */
import AbortController from 'bare-abort-controller'

import type * as Rpc from '../../protocol/rpc/generated/types.ts'
import type { TestContext } from './member.ts'
import type { Whole } from './whole.ts'

type Name = 'relayList' | 'members' | 'conversation' | 'files' | 'joinRelay'
type Value<Of extends Name> = Rpc.Calls[Of]['response']

export interface OpenFeed<Of extends Name> {
  values: Value<Of>[]
  /** Resolves with the first value that is as wanted, of those that were here and those to come. */
  wanted(holds: (value: Value<Of>) => boolean): Promise<Value<Of>>
  /** Why it ended; null while it has not, or was done. */
  failure: unknown
  failed: Promise<unknown>
  leave(): void
}

export function openFeed<Of extends Name>(
  t: TestContext,
  { calls }: Whole,
  name: Of,
  request: Rpc.Calls[Of]['request']
): OpenFeed<Of> {
  const abort = new AbortController()
  const looks = new Set<() => void>()
  let told: (err: unknown) => void = () => {}
  const feed: OpenFeed<Of> = {
    failed: new Promise((resolve) => (told = resolve)),
    values: [],
    failure: null,
    wanted: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = feed.values.find(holds)
          if (found === undefined) return
          looks.delete(look)
          resolve(found)
        }
        looks.add(look)
        look()
      }),
    leave() {
      subscription.closed = true
      abort.abort(undefined)
    }
  }
  const seen = (value: Value<Of>): boolean => {
    feed.values.push(value)
    for (const look of [...looks]) look()
    return true
  }
  const fail = (err: unknown): void => told((feed.failure = err))
  const end = (): void => {}
  const subscription = {
    signal: abort.signal,
    closed: false,
    send: seen,
    latest: seen,
    fail,
    end
  }
  t.teardown(() => feed.leave(), { order: -1 })
  const call = calls[name] as (request: unknown, subscription: unknown) => unknown
  Promise.resolve(call(request, subscription)).catch(fail)
  return feed
}

/** The group in the list, as soon as it is as wanted. */
export async function listed(
  t: TestContext,
  whole: Whole,
  relayKey: string,
  holds: (relay: Rpc.Relay) => boolean
): Promise<Rpc.Relay> {
  const feed = openFeed(t, whole, 'relayList', {})
  const find = ({ relays }: Rpc.RelayList): Rpc.Relay | undefined =>
    relays.find((relay) => relay.relayKey === relayKey && holds(relay))
  const list = await feed.wanted((value) => find(value) !== undefined)
  feed.leave()
  return find(list)!
}
