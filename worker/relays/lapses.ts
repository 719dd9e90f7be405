/**
 * Rights that were taken and given back.
 *
 * Who is an admin no more acts no more, also not from before: that is a limit of each of
 * its writers. Who is made one again acts again, and the limit goes. What lies beyond it and
 * stands before it was given back stays void for ever: or the least of the admins could
 * make somebody an admin again, and all that a more senior one had voided would count,
 * with the rank that it was done with.
 */
import type { WriterFacts } from './state.ts'

export type Right = 'acts' | 'mods'

/** Nodes beyond the length use that right in vain, when they stand before the rest of it. */
export interface Lapse {
  right: Right
  length: number
  /** Place among the acts of what gave it back. */
  act: number
  /** The same in the log. */
  position: number
}

/** Those of one writer; beyond that the oldest two count as one. */
const LAPSES = 16

/** A writer whose limit goes, as it is from then on. */
export function lapsed(
  facts: WriterFacts,
  rights: readonly Right[],
  back: { act: number; position: number }
): WriterFacts {
  let lapses = facts.lapses ?? []
  for (const right of rights) {
    const length = facts[right]
    if (length === null) continue
    // What is limited more, and for longer, by the new one needs no other.
    lapses = lapses.filter((other) => other.right !== right || other.length < length)
    lapses = [...lapses, { right, length, ...back }]
    facts = { ...facts, [right]: null }
  }
  return lapses.length === 0 ? facts : { ...facts, lapses: atMost(lapses) }
}

function atMost(lapses: Lapse[]): Lapse[] {
  if (lapses.length <= LAPSES) return lapses
  const isLater = (i: number, { right }: Lapse, n: number): boolean =>
    n > i && right === lapses[i]!.right
  const i = lapses.findIndex((_, i) => lapses.some((other, n) => isLater(i, other, n)))
  const next = lapses.findIndex((other, n) => isLater(i, other, n))
  const { length } = lapses[i]!
  return lapses
    .map((lapse, n) => (n === next ? { ...lapse, length: Math.min(length, lapse.length) } : lapse))
    .toSpliced(i, 1)
}

/** Whether a node of a writer, at a place among the acts, uses a right that had lapsed. */
export const isActLapsed = (
  lapses: readonly Lapse[] | undefined,
  right: Right,
  { length, n }: { length: number; n: number }
): boolean =>
  lapses?.some((lapse) => lapse.right === right && length > lapse.length && n < lapse.act) === true

/** The same of an event, by its position in the log. */
export const isEventLapsed = (
  { lapses }: WriterFacts,
  right: Right,
  { length, position }: { length: number; position: number }
): boolean =>
  lapses?.some(
    (lapse) => lapse.right === right && length > lapse.length && position < lapse.position
  ) === true
