/**
 * Who signs a relay's view: one admin's device, or three of three admins.
 *
 * Autobase calls them indexers. What a majority of them has signed is what a
 * newcomer takes over without replaying it. With two of them the loss of one would
 * end signing, so there is one (the founder's, or who took over) until three admins
 * have a device each, and then three at once.
 *
 * All of this is decided by the state alone, in `apply`, by everybody alike. What
 * Autobase says of its own indexers is only compared with it: the nodes since the
 * last signature are replayed under others when a fork takes effect.
 *
 * Losing them. Nothing here knows the time, so people say when a device is lost:
 * - An admin declares writers lost. It counts when more than half of the admins agree
 *   on the same writers, without those admins whose every device would be lost and
 *   one of them has ever signed. With one other admin, that one's word is enough.
 * - Then the most senior admin's device that is not lost is the **heir**, and `apply`
 *   lets its writer alone fork the view. Two that forked at once would split the relay.
 * - Who is declared lost and is not says so: that voids declarations that name it, and
 *   makes it eligible again. A founder that returns is an admin as before.
 *
 * A hostile admin who is the only other one can therefore take signing over from a
 * founder, and one of three who sign from both others by naming them together; nothing
 * here knows whether they are away, and what they say to it comes after. It can sign a false view for newcomers until the founder, who
 * stays the more senior, takes its role away and declares its device lost in turn. It
 * cannot make members who replay the log believe anything, and loses nobody's events.
 */
import { INDEXERS_KEY, lossRange, memberRange, wroteRange } from './keys.ts'
import { readDevices, readWriterFacts } from './state.ts'
import type { MemberFacts, StateReader } from './state.ts'

export interface IndexerFacts {
  /** Writers whose signatures count: one or three. */
  writers: string[]
  /** Writers that have signed at any time. */
  ever: string[]
  /** Declared lost by enough admins, and not heard of since. */
  lost: string[]
  /** Who takes over when the first of the writers is lost; null while there is nobody. */
  successor: string | null
  /** Whose writer may fork the view; null while none of the indexers was lost. */
  heir: string | null
}

/** An admin's writer that has written. */
export interface AdminDevice {
  pubkey: string
  writer: string
}

/** One admin's word that these writers are lost, in the order of their keys. */
export interface Loss {
  by: string
  writers: string[]
}

export async function readIndexers(state: StateReader, relayKey: string): Promise<IndexerFacts> {
  const node = await state.get(INDEXERS_KEY)
  if (node !== null) return node.value as IndexerFacts
  return { writers: [relayKey], ever: [relayKey], lost: [], successor: null, heir: null }
}

/** The declarations that stand. */
export async function readLosses(state: StateReader): Promise<Loss[]> {
  const losses: Loss[] = []
  for await (const { key, value } of state.createReadStream(lossRange)) {
    losses.push({ by: key.slice(-64), writers: value as string[] })
  }
  return losses
}

/** Devices of admins that have written, of the most senior admin first. */
export async function readAdminDevices(
  state: StateReader,
  relayKey: string
): Promise<AdminDevice[]> {
  const admins: { pubkey: string; rank: number }[] = []
  for await (const { key, value } of state.createReadStream(memberRange)) {
    const { role, rank } = value as MemberFacts
    if (role === 'admin') admins.push({ pubkey: key.slice(-64), rank })
  }
  admins.sort((a, b) => a.rank - b.rank)
  const devices: AdminDevice[] = []
  for (const { pubkey } of admins) {
    for (const { writer, cut } of await readDevices(state, pubkey)) {
      const wrote = writer === relayKey || (await hasWritten(state, writer))
      if (cut === null && wrote) devices.push({ pubkey, writer })
    }
  }
  return devices
}

async function hasWritten(state: StateReader, writer: string): Promise<boolean> {
  if (((await readWriterFacts(state, writer))?.drive ?? null) !== null) return true
  return (await state.peek(wroteRange(writer))) !== null
}

/** Who signs from now on. Pure: from the state before, declarations, and who is there. */
export function decideIndexers(
  before: IndexerFacts,
  losses: Loss[],
  devices: AdminDevice[]
): IndexerFacts {
  const fresh = agreedLosses(before, losses, devices)
  const lost = [...before.lost, ...fresh]
  const eligible = devices.filter(({ writer }) => !lost.includes(writer))
  const writers = chooseWriters(before.writers, eligible)
  const heir = fresh.length > 0 ? (eligible[0]?.writer ?? null) : before.heir
  return {
    writers,
    ever: [...before.ever, ...writers.filter((writer) => !before.ever.includes(writer))],
    lost,
    successor: nextAfter(writers, eligible),
    heir: lost.length > 0 ? heir : null
  }
}

/**
 * One of the eligible devices, or three of three admins; who signs already goes on.
 * Nobody eligible: those from before, because Autobase needs one.
 */
export function chooseWriters(sitting: string[], eligible: AdminDevice[]): string[] {
  const seats = new Map<string, string>()
  const owner = new Map(eligible.map(({ pubkey, writer }) => [writer, pubkey]))
  const sat = sitting.map((writer) => ({ pubkey: owner.get(writer), writer }))
  for (const { pubkey, writer } of [...sat, ...eligible]) {
    if (pubkey !== undefined && !seats.has(pubkey)) seats.set(pubkey, writer)
  }
  if (seats.size === 0) return sitting
  return [...seats.values()].slice(0, seats.size >= 3 ? 3 : 1)
}

function nextAfter(writers: string[], eligible: AdminDevice[]): string | null {
  const others = eligible.filter(({ writer }) => !writers.includes(writer))
  return others[0]?.writer ?? writers[1] ?? null
}

/** The writers that a declaration names which enough admins agree on; none without any. */
function agreedLosses(before: IndexerFacts, losses: Loss[], devices: AdminDevice[]): string[] {
  for (const { writers } of losses) {
    const electors = electorsOf(writers, before.ever, devices)
    const votes = losses.filter(
      (loss) => sameWriters(loss.writers, writers) && electors.has(loss.by)
    )
    const fresh = writers.filter((writer) => !before.lost.includes(writer))
    if (votes.length * 2 > electors.size && fresh.length > 0) return fresh
  }
  return []
}

/** Admins with a device, without who would have lost an indexer and every other device. */
function electorsOf(lost: string[], ever: string[], devices: AdminDevice[]): Set<string> {
  const electors = new Set<string>()
  const signed = new Set<string>()
  for (const { pubkey, writer } of devices) {
    if (!lost.includes(writer)) electors.add(pubkey)
    else if (ever.includes(writer)) signed.add(pubkey)
  }
  for (const { pubkey } of devices) if (!signed.has(pubkey)) electors.add(pubkey)
  return electors
}

export const sameWriters = (a: string[], b: string[]): boolean =>
  a.length === b.length && a.every((writer, i) => writer === b[i])
