/**
 * What other members' clocks say of ours. Each tells its own on a connection.
 *
 * What an admin's device says in the relay's name is dated by its clock: a list that is a
 * day ahead is believed by nobody, and the relay's key is made anew for it. So an admin whose
 * clock is off is told so, and its device leaves the relay's word to others. Who is right
 * nobody can know, and clocks that are told can be lies, which must not silence the relay:
 * what most of several admins say counts, and of one alone a more senior one's.
 */
import type { PeerInfo } from '../../protocol/file-channel/channel.ts'
import { steadySeconds } from '../steady.ts'

/** Seconds between two clocks that are taken to show the same day. */
export const CLOCKS_APART = 12 * 3600

export interface Clock {
  /** Seconds that ours is ahead of most members', negative when it is behind; 0 when they agree. */
  ahead: number
  /** Whether what is said in the relay's name is to be left to others. */
  held: boolean
}

/** Somebody's clock, by now. */
export interface Reading {
  pubkey: string | null
  /** Seconds that it is ahead of ours. */
  ahead: number
}

/** What they told when they connected, compared with what our clock shows now. */
export function readingsOf(peers: Iterable<PeerInfo>, now = Date.now() / 1000): Reading[] {
  const steady = steadySeconds()
  return [...peers].flatMap(({ pubkey, clock }) =>
    clock === undefined ? [] : [{ pubkey, ahead: clock + steady - now }]
  )
}

/** @param admins the most senior first */
export function clockAmong(
  readings: Iterable<Reading>,
  { own, admins }: { own: string; admins: readonly string[] }
): Clock {
  const told = new Map<string, number>()
  for (const { pubkey, ahead } of readings) {
    if (pubkey !== null && pubkey !== own) told.set(pubkey, -ahead)
  }
  const of = (pubkeys: Iterable<string>): number[] =>
    [...pubkeys].flatMap((pubkey) => told.get(pubkey) ?? [])
  const others = of(admins)
  const seniors = of(admins.slice(0, Math.max(0, admins.indexOf(own))))
  const held = mostSay(others.length > 1 ? others : seniors) !== 0
  return { ahead: mostSay([...told.values()]), held }
}

/** Whether somebody's clock shows our day. */
export const isOfOurDay = ({ ahead }: Reading): boolean => Math.abs(ahead) <= CLOCKS_APART

/** By how much we are off where most say so, in one direction; 0 otherwise. */
function mostSay(told: number[]): number {
  for (const side of [1, -1]) {
    const saying = told.filter((ahead) => ahead * side > CLOCKS_APART).sort((a, b) => a - b)
    if (saying.length * 2 > told.length) return saying[Math.floor(saying.length / 2)]!
  }
  return 0
}
