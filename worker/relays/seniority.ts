/**
 * What an admin did is taken back by whoever may take its rights: a more senior one.
 * That holds also when it is an admin no more. Otherwise the least of the admins could
 * remove who left, or was removed by others, once more, and say that nothing counts.
 */
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { GroupStore } from './group-draft.ts'
import { seniorityKey } from './keys.ts'
import { readMember, readWriter } from './state.ts'
import type { MemberFacts, WriterFacts } from './state.ts'

/** Remembers the first rank that somebody has, which is its best. */
export async function keepSeniority(
  pubkey: string,
  rank: number,
  store: GroupStore
): Promise<void> {
  const key = seniorityKey(pubkey)
  if ((await store.get(key)) === null) await store.put(key, rank)
}

/** How senior an act is: its author, and who carries it, as the policy has it. */
export async function rankOf(
  { pubkey }: NostrEvent,
  writer: string,
  store: GroupStore
): Promise<number> {
  const by = (await readWriter(store, writer)) ?? ''
  const ranks: number[] = []
  for (const who of [pubkey, by]) ranks.push((await readMember(store, who))?.rank ?? -1)
  return pubkey === by ? ranks[0]! : Math.max(...ranks)
}

/**
 * How much of a writer an act of that rank has to let count.
 * @param held what the writer's owner is before the act; of an admin the policy was asked
 */
export async function sparedOf(
  { pubkey, cut, acts }: WriterFacts,
  held: MemberFacts | null,
  rank: number,
  store: GroupStore
): Promise<number> {
  if (held?.role === 'admin') return 0
  const was = (await store.get(seniorityKey(pubkey)))?.value as number | undefined
  return was === undefined || rank < was ? 0 : (cut ?? acts ?? Infinity)
}
