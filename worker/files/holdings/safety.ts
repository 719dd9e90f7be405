/** Whether this device may go offline: what of its files others were proved to hold. */
import type { SyncedFile } from '../synced-file.ts'

export interface Tally {
  files: number
  bytes: number
}

/** What is known of one holder of a file; times are unix seconds, null for never. */
export interface Holder {
  driveKey: string
  pubkey: string
  ours: boolean
  /** A live handshake. */
  online: boolean
  /** A challenge passed, and none failed since. */
  proved: boolean
  provedAt: number | null
  failure: string | null
  failedAt: number | null
  seenAt: number | null
}

export interface Helper {
  pubkey: string
  online: boolean
  /** Files of those at risk that it says to hold, or was proved to while it was online. */
  files: number
}

export type SafetyState = 'safe' | 'wait' | 'only-here'

export interface GroupSafety {
  relayKey: string
  state: SafetyState
  /** Copies that are wanted of each file, all members' together. */
  target: number
  /** Those of them that are to be with others who are online. */
  needed: number
  /** What is here. */
  here: Tally
  /** Of that, what fewer online members than needed were proved to hold. */
  few: Tally
  /** Of that, what only members hold who are away. */
  away: Tally
  /** And what nobody else was proved to hold. */
  onlyHere: Tally
  helpers: Helper[]
}

/** Helpers that are named, at most. */
const HELPERS = 16

export interface Situation {
  relayKey: string
  files: Iterable<SyncedFile>
  holders(file: SyncedFile): Holder[]
  /** Whether so many others who are online were proved to hold it: the quick way to the same. */
  isCovered(file: SyncedFile, needed: number): boolean
  /** Members online without any claim may help too. */
  onlinePubkeys: ReadonlySet<string>
  members: number
  copies: number
}

export function judgeSafety(situation: Situation): GroupSafety {
  const { relayKey, members, copies, onlinePubkeys } = situation
  const target = Math.max(1, Math.min(copies, members))
  // Ours is one of the copies, and goes offline. One elsewhere is the least.
  const needed = Math.max(1, target - 1)
  const here = tally()
  const [few, away, onlyHere] = [tally(), tally(), tally()]
  const helpers = new Map<string, Helper>()
  for (const pubkey of onlinePubkeys) helpers.set(pubkey, { pubkey, online: true, files: 0 })
  for (const file of situation.files) {
    if (!file.here) continue
    add(here, file)
    if (situation.isCovered(file, needed)) continue
    const others = situation.holders(file).filter(({ ours }) => !ours)
    const proved = others.filter((holder) => holder.proved)
    const there = drives(proved.filter(({ online }) => online))
    if (there >= needed) continue
    add(few, file)
    if (proved.length === 0) add(onlyHere, file)
    else if (there === 0) add(away, file)
    count(others, helpers)
  }
  const state = onlyHere.files > 0 ? 'only-here' : few.files > 0 ? 'wait' : 'safe'
  const named = few.files === 0 ? [] : [...helpers.values()].sort(byUse).slice(0, HELPERS)
  return { relayKey, state, target, needed, here, few, away, onlyHere, helpers: named }
}

/** The device's own answer: the worst of its groups. */
export function worstOf(groups: readonly GroupSafety[]): SafetyState {
  const states = new Set(groups.map(({ state }) => state))
  return states.has('only-here') ? 'only-here' : states.has('wait') ? 'wait' : 'safe'
}

export function sum(tallies: readonly Tally[]): Tally {
  const total = tally()
  for (const { files, bytes } of tallies) {
    total.files += files
    total.bytes += bytes
  }
  return total
}

/** Whoever names somebody else's drive adds no copy to it. */
export function drives(holders: readonly Holder[]): number {
  return new Set(holders.map(({ driveKey }) => driveKey)).size
}

/** A holder that failed is no help with this file, until it has mended that. */
function count(others: readonly Holder[], helpers: Map<string, Helper>): void {
  for (const { pubkey, online, failure } of others) {
    if (failure !== null) continue
    const helper = helpers.get(pubkey) ?? { pubkey, online, files: 0 }
    helper.files++
    helpers.set(pubkey, helper)
  }
}

const byUse = (a: Helper, b: Helper): number =>
  Number(b.online) - Number(a.online) || b.files - a.files

const tally = (): Tally => ({ files: 0, bytes: 0 })

function add(to: Tally, { size }: { size: number | null }): void {
  to.files++
  to.bytes += size ?? 0
}
