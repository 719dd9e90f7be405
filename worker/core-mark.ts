/**
 * How a core was at a moment, told so that it can be known again after a restart: its
 * tree hash commits to all blocks before a length, whatever was cut off and written anew.
 */
import b4a from 'b4a'
import type Hypercore from 'hypercore'

export interface CoreMark {
  length: number
  /** 64 hex. */
  hash: string
}

/** @param length at most the core's */
export async function markCore(core: Hypercore, length = core.length): Promise<CoreMark> {
  return { length, hash: b4a.toString(await core.treeHash(length), 'hex') }
}

/** Whether the core's first blocks are still what they were; false also when that is not known here. */
export async function isStill(core: Hypercore, mark: CoreMark): Promise<boolean> {
  const { length, hash } = mark
  if (core.length < length) return false
  if (length > 0 && !(await core.has(length - 1))) return false
  try {
    return (await markCore(core, length)).hash === hash
  } catch {
    return false // nodes of its tree are not here: then nobody can tell
  }
}
