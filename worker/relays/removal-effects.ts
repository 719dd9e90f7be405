/** What it does to the group's state that somebody goes, or loses a right. */
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Effects } from './group-effects.ts'
import { formerKey, memberKey, RELAY_KEY, sealedKey, untoldKey, writerKey } from './keys.ts'
import type { Right } from './lapses.ts'
import { peopleOf } from './people-of.ts'
import type { Cut } from './records.ts'
import { rulesOf } from './rules.ts'
import { rankOf, sparedOf } from './seniority.ts'
import { readDevices, readMember, readRelay, readWriter, readWriterFacts } from './state.ts'
import type { FormerFacts, RelayFacts, Role } from './state.ts'
import { endWaiting } from './waiting-list.ts'

export async function removeUsers(
  event: NostrEvent,
  cuts: Cut[] | null,
  relay: RelayFacts,
  effects: Effects
): Promise<void> {
  const rank = await rankOf(event, effects.writer, effects.store)
  for (const { pubkey } of peopleOf(event)!) {
    await effects.store.set(untoldKey(pubkey), null)
    if (event.pubkey === relay.relayPubkey) continue // told of who has left
    if (isWaitingOnly(event)) {
      const isLetIn = (await readMember(effects.store, pubkey)) !== null
      if (!isLetIn) await endWaiting(pubkey, effects.store)
      // Another admin let it in meanwhile: by the first rules it was removed and barred.
      if (!isLetIn || rulesOf(relay) > 1) continue
    }
    await expel(pubkey, 'removed', { lengths: cuts ?? [], rank }, effects)
  }
}

/** Whether it clears the list of who waits, and bars nobody: who is not a member may ask again. */
const isWaitingOnly = ({ tags }: NostrEvent): boolean => tags.some(([name]) => name === 'waiting')

/**
 * @param cuts what is to count of its writers by an act of that rank; nothing of one
 *   that is not named, unless it was cut before. Null for who leaves: then all that came
 *   before counts, and who comes back does so with another writer.
 */
export async function expel(
  pubkey: string,
  why: FormerFacts,
  cuts: { lengths: Cut[]; rank: number } | null,
  effects: Effects
): Promise<void> {
  const { store, writers, cut, gone } = effects
  const held = await readMember(store, pubkey)
  await store.set(memberKey(pubkey), null)
  await store.put(formerKey(pubkey), why)
  await endWaiting(pubkey, store)
  await store.set(sealedKey(pubkey), null)
  if (held?.role === 'admin') {
    effects.admins = true
    await burn(effects)
  }
  gone.add(pubkey)
  for (const { writer } of await readDevices(store, pubkey)) {
    writers.add(writer)
    const facts = (await readWriterFacts(store, writer))!
    if (cuts === null) {
      await store.put(writerKey(writer), { ...facts, left: true })
      continue
    }
    const named = cuts.lengths.find((entry) => entry.writer === writer)?.length
    const spared = await sparedOf(facts, held, cuts.rank, store)
    const length = Math.min(facts.cut ?? Infinity, Math.max(named ?? facts.cut ?? 0, spared))
    if (length === Infinity) continue
    await store.put(writerKey(writer), { ...facts, cut: length })
    cut.set(writer, length)
  }
}

/** An admin went, who knows the relay's secret: it is to be made anew. */
export async function burn({ store, writer }: Effects): Promise<void> {
  const relay = await readRelay(store)
  const by = await readWriter(store, writer)
  if (relay !== null) await store.put(RELAY_KEY, { ...relay, burnt: by })
}

/** What who has one role loses with another. */
export function rightsLost(from: Role, to: Role): Right[] {
  if (to === 'admin' || from === 'member') return []
  if (from === 'admin') return to === 'member' ? ['acts', 'mods'] : ['acts']
  return to === 'member' ? ['mods'] : []
}

/**
 * Who is an admin, or a moderator, no more does nothing by that right any more, also not
 * from before: of a writer that is not named nothing was seen.
 */
export async function cutActs(
  pubkey: string,
  rights: readonly Right[],
  cuts: Cut[],
  { store, cut }: Effects
): Promise<void> {
  if (rights.length === 0) return
  for (const { writer } of await readDevices(store, pubkey)) {
    const facts = (await readWriterFacts(store, writer))!
    const named = cuts.find((entry) => entry.writer === writer)?.length
    const limited = { ...facts }
    for (const right of rights) {
      limited[right] = Math.min(facts[right] ?? Infinity, named ?? facts[right] ?? 0)
    }
    await store.put(writerKey(writer), limited)
    const from = Math.min(...rights.map((right) => limited[right]!))
    cut.set(writer, Math.min(cut.get(writer) ?? Infinity, from))
  }
}

/** The same by another length: the shorter one counts of a right that is limited. */
export async function shortenActs(
  writer: string,
  rights: readonly Right[],
  length: number,
  { store, cut }: Effects
): Promise<void> {
  const facts = (await readWriterFacts(store, writer))!
  const shorter = rights.filter((right) => length < (facts[right] ?? -1))
  if (shorter.length === 0) return
  const limited = { ...facts }
  for (const right of shorter) limited[right] = length
  await store.put(writerKey(writer), limited)
  cut.set(writer, Math.min(cut.get(writer) ?? Infinity, length))
}
