/**
 * By which rules a group's log is replayed, and that all its members change them at once.
 *
 * What `apply` makes of a node decides the state, and members' states are one: two builds that
 * judge one node differently have two groups from then on, and signatures that fit neither.
 * So a change of the policy, of the state's keys, or of what a record does, counts from a
 * place in the log on. The creator's card names it, `["rules", "<version>"]`; a card without it
 * means 1, or what held before. The creator alone, because who raises the rules stops everybody
 * who does not know them, and the creator may end the group anyway; it has no limit that
 * could void that later. A group whose creator is gone keeps its rules, which all later
 * builds go on knowing.
 *
 * How a change is made: `RULES` becomes one more; where it matters, the code asks for
 * `relay.rules`; both ways stay, and `kernel-rules.test.ts` shows them side by side. A build
 * that knows more does not raise anything by itself: the creator does, when the others have
 * updated; a new group begins with the newest. A build that knows less stops before the node that raises them, shows what was
 * before it, writes nothing more, and says that it is to be updated.
 *
 * What came with which:
 * - 2: what is said of events that are not here lies under keys of its own (`events.ts`); a
 *   `d` tag has an end (`policy.ts`), because it is part of a key of the state; who clears the
 *   list of those who wait removes nobody that was let in meanwhile (`removal-effects.ts`).
 */
import { HypertunaError } from '../../protocol/errors.ts'
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { readRelay } from './state.ts'
import type { RelayFacts, StateReader } from './state.ts'

/** The newest rules that this build knows. */
export const RULES = 2

/** By which rules a group is replayed from a card on. @param held before it */
export function rulesAfter(card: NostrEvent, held = 1): number {
  const named = Number(tagValue(card, 'rules') ?? 1)
  return Number.isSafeInteger(named) ? Math.max(named, held) : held
}

/** Of what is known of a group: those of a state of before are the first. */
export const rulesOf = (facts: Pick<RelayFacts, 'rules'> | null): number => facts?.rules ?? 1

export const readRules = async (state: StateReader): Promise<number> =>
  rulesOf(await readRelay(state))

/** @returns null for rules that this build knows */
export function unknownRules(rules: number, known = RULES): HypertunaError | null {
  if (rules <= known) return null
  return new HypertunaError(
    'UNSUPPORTED',
    `This group follows rules that this version of Hypertuna does not know (${rules}). ` +
      'What was said before stays readable here; update Hypertuna to go on'
  )
}
