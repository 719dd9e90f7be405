/** What it does to the group's state that somebody goes, or loses a right. */
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Effects } from './group-effects.ts'
import {
  formerKey,
  memberKey,
  pendingKey,
  RELAY_KEY,
  sealedKey,
  untoldKey,
  writerKey
} from './keys.ts'
import { peopleOf } from './policy-acts.ts'
import type { Cut } from './records.ts'
import { rankOf, sparedOf } from './seniority.ts'
import { readDevices, readMember, readRelay, readWriter, readWriterFacts } from './state.ts'
import type { FormerFacts, RelayFacts, Role } from './state.ts'

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
    await expel(pubkey, 'removed', { lengths: cuts ?? [], rank }, effects)
  }
}

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
  await store.set(pendingKey(pubkey), null)
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

/** Who is an admin no more acts no more, also not from before. */
export async function cutActs(
  pubkey: string,
  role: Role,
  cuts: Cut[],
  { store, cut }: Effects
): Promise<void> {
  for (const { writer, length } of cuts) {
    const facts = await readWriterFacts(store, writer)
    if (facts?.pubkey !== pubkey) continue
    const acts = Math.min(facts.acts ?? length, length)
    const mods = role === 'member' ? Math.min(facts.mods ?? length, length) : facts.mods
    await store.put(writerKey(writer), { ...facts, acts, mods })
    cut.set(writer, Math.min(cut.get(writer) ?? Infinity, length))
  }
}
