/** Which files may be another thing since a moment: by what the state and the drive wrote. */
import type Hyperbee from 'hyperbee'

import { isStill, markCore } from '../core-mark.ts'
import type { CoreMark } from '../core-mark.ts'
import { fileRange, filekeyRange } from '../relays/keys.ts'
import type { Survey } from './survey.ts'

/** A moment of a relay's state and of the own drive. */
export interface KnownMark {
  state: CoreMark
  /** How the state was signed then, and the hashes of which more was said beyond that. */
  signed: (CoreMark & { beyond: string[] }) | null
  drive: CoreMark
}

export type State = Pick<Hyperbee<string, unknown>, 'core' | 'createDiffStream'>

/** Records and holders: nothing of the state lies between the two. */
const FILES = { gte: fileRange.gte, lt: filekeyRange.lt }

/** Beyond so many blocks that nobody signed their hashes are not worth noting. */
const BEYOND = 50_000

/** The moment that is now. */
export async function markNow(state: State, survey: Survey): Promise<KnownMark> {
  const drive = await survey.mark()
  const { core } = state
  const mark = await markCore(core)
  const { signedLength } = core
  const isNear = signedLength > 0 && mark.length - signedLength < BEYOND
  const signed = isNear ? await markCore(core, Math.min(signedLength, mark.length)) : null
  if (signed === null) return { state: mark, signed, drive }
  const beyond = await changedKeys(state, signed)
  return { state: mark, signed: beyond === null ? null : { ...signed, beyond }, drive }
}

/**
 * Hashes of a relay's files that may be another thing since then.
 * @returns null when that cannot be told, and all of them have to be read
 */
export async function changedSince(
  { state: then, signed, drive }: KnownMark,
  state: State,
  survey: Survey,
  relayKey: string
): Promise<Set<string> | null> {
  const stored = await survey.changedSince(relayKey, drive)
  if (stored === null) return null
  const said = (await changedKeys(state, then)) ?? (await sinceSigned(state, signed))
  return said === null ? null : new Set([...stored, ...said])
}

/** What was not signed then was taken back since: that counts as changed too. */
async function sinceSigned(state: State, signed: KnownMark['signed']): Promise<string[] | null> {
  if (signed === null) return null
  const changed = await changedKeys(state, signed)
  return changed === null ? null : [...changed, ...signed.beyond]
}

/** Null when the state is not what it was up to there, or was cut off meanwhile. */
async function changedKeys(state: State, since: CoreMark): Promise<string[] | null> {
  if (!(await isStill(state.core, since))) return null
  const hashes = new Set<string>()
  try {
    for await (const { left, right } of state.createDiffStream(since.length, FILES)) {
      const [, hash] = (left ?? right)?.key.split(':') ?? []
      if (hash !== undefined) hashes.add(hash)
    }
  } catch {
    return null // the end of the view was taken back while it was read
  }
  return (await isStill(state.core, since)) ? [...hashes] : null
}
