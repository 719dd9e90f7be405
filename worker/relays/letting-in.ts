/**
 * How many a plain member lets in. In an open relay anybody's word brings people and
 * devices in, and each costs everybody a place in the state, and a turn whenever acts
 * are played again. So there is an end to it, for one member and for all of them
 * together, since who lets in whom it likes may let in itself. Admins have none.
 */
import type { GroupStore } from './group-draft.ts'
import { ALL_LET_IN_KEY, letInKey } from './keys.ts'
import { restricted } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import { readMember, readWriter } from './state.ts'
import type { Role, StateReader } from './state.ts'

/** Joins that one plain member carries, in all its time. */
export const BY_ONE = 256
/** Joins that plain members carry together. */
export const BY_ALL = 8192

const countOf = async (key: string, state: StateReader): Promise<number> =>
  ((await state.get(key))?.value ?? 0) as number

/** @returns null when the member may carry one more join */
export async function judgeLettingIn(
  { by, member }: { by: string; member: { role: Role } },
  state: StateReader
): Promise<Rejection | null> {
  if (member.role !== 'member') return null
  if ((await countOf(letInKey(by), state)) >= BY_ONE) {
    return restricted(`one member lets in ${BY_ONE}; ask an admin`)
  }
  if ((await countOf(ALL_LET_IN_KEY, state)) >= BY_ALL) {
    return restricted(`members let in ${BY_ALL} together; ask an admin`)
  }
  return null
}

/** Counts a join that this writer carried. */
export async function countLetIn(writer: string, store: GroupStore): Promise<void> {
  const by = (await readWriter(store, writer)) ?? ''
  if ((await readMember(store, by))?.role !== 'member') return
  for (const key of [letInKey(by), ALL_LET_IN_KEY]) {
    await store.put(key, (await countOf(key, store)) + 1)
  }
}
