import type { GroupSafety } from '../../../protocol/rpc/generated/types.ts'

/**
 * Whether somebody who is online says to have what is proved only here: they are asked to show
 * it, which takes seconds as a rule. That is to be waited for, and nobody is to be alarmed.
 */
export function isBeingShown({ state, onlyHere, helpers }: GroupSafety): boolean {
  if (state !== 'only-here') return false
  return helpers.some(({ online, files }) => online && files >= onlyHere.files)
}

/** How an answer looks: what is being shown is waited for. */
export function toneOf(safety: GroupSafety): GroupSafety['state'] {
  return isBeingShown(safety) ? 'wait' : safety.state
}
