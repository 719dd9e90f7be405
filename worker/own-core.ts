/**
 * A core that only this device writes, and what copies of it elsewhere say.
 *
 * A storage that was put back as it was some time ago (a restored machine, a snapshot of
 * the file system) opens without an error, and whatever is written then contradicts what
 * others have: two signatures for one length, after which the core is of no use to
 * anybody. Nobody can be further than the writer, so a copy that is longer tells.
 */
import type Hypercore from 'hypercore'

export interface Copies {
  /** Whether somebody who is connected has said how long its copy is. */
  answered: boolean
  /** The longest copy that is longer than ours, or of a later fork; null when there is none. */
  ahead: { length: number; fork: number } | null
}

/** How often copies are looked at, in ms. */
const LOOK = 100
/** How long is waited for others, once one has answered, in ms. */
const SETTLE = 300

/**
 * Has the core take over nothing by itself: of what is longer elsewhere it would, and whoever
 * writes it would be none the wiser.
 */
export function followNobody({ core }: Hypercore): void {
  core.replicator.eagerUpgrade = false
}

/** What those who are connected have of the core now. */
export function copiesOf(core: Hypercore): Copies {
  let answered = false
  let ahead: Copies['ahead'] = null
  for (const { remoteSynced, remoteLength: length, remoteFork: fork } of core.peers) {
    if (!remoteSynced) continue
    answered = true
    const isAhead = fork > core.fork || (fork === core.fork && length > core.length)
    const isFurther = ahead === null || fork > ahead.fork || length > ahead.length
    if (isAhead && isFurther) ahead = { length, fork }
  }
  return { answered, ahead }
}

/**
 * Waits until somebody says how long its copy is, for `patience` ms at most.
 *
 * @param isOver ends it early
 * @param isQuiet whether nobody can be expected who is not connected: then it ends as soon
 *   as no one who is has a copy
 */
export async function askCopies(
  core: Hypercore,
  patience: number,
  isOver: () => boolean,
  isQuiet: () => boolean
): Promise<Copies> {
  let until = Date.now() + patience
  let hasAnswered = false
  while (!isOver()) {
    const copies = copiesOf(core)
    if (copies.ahead !== null) return copies
    if (copies.answered && !hasAnswered) until = Math.min(until, Date.now() + SETTLE)
    hasAnswered = copies.answered
    if (Date.now() >= until) return copies
    if (core.peers.length === 0 && isQuiet()) return copies
    await new Promise((resolve) => setTimeout(resolve, LOOK))
  }
  return copiesOf(core)
}
