import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { Value } from '../session/store.ts'
import { keep } from './keep.ts'

const KEY = 'hypertuna.read'

/** Until when each group was read here, in seconds since 1970; of this window's origin alone. */
export class Reads {
  readonly until = new Value<ReadonlyMap<string, number>>(read())

  /** Nothing of a group that is here for the first time counts as unread. */
  meet(relays: readonly Relay[]): void {
    const known = this.until.get()
    const strange = relays.filter(({ relayKey }) => !known.has(relayKey))
    if (strange.length === 0) return
    const met = strange.map(({ relayKey, lastEventAt }) => [relayKey, lastEventAt] as const)
    this.#set(new Map([...known, ...met]))
  }

  /** Everything up to this moment was seen. */
  mark(relayKey: string, at: number): void {
    const known = this.until.get()
    if ((known.get(relayKey) ?? 0) >= at) return
    this.#set(new Map([...known, [relayKey, at]]))
  }

  #set(next: ReadonlyMap<string, number>): void {
    this.until.set(next)
    keep(KEY, JSON.stringify([...next]))
  }
}

/** Whether something was said in a group since it was last looked at. */
export function isUnread(relay: Relay, until: ReadonlyMap<string, number>): boolean {
  const seen = until.get(relay.relayKey)
  return seen !== undefined && relay.lastEventAt > seen
}

function read(): ReadonlyMap<string, number> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    if (!Array.isArray(kept)) return new Map()
    const sound = (kept as [unknown, unknown][]).filter(
      ([key, at]) => typeof key === 'string' && typeof at === 'number'
    )
    return new Map(sound as [string, number][])
  } catch {
    return new Map() // kept in another shape: everything counts as read
  }
}
