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
 * - An admin declares writers lost. For each admin whose devices are named, more than
 *   half of the other admins have to agree on the same writers. Naming two admins at
 *   once makes neither word smaller: of three nobody is enough against the two others.
 *   With one other admin, that one's word is enough.
 * - Then the most senior admin's device that is not lost is the **heir**, and `apply`
 *   lets its writer alone fork the view. Two that forked at once would split the relay.
 * - The heir's right lapses when one of the lost devices objects, when so many take
 *   their word back that the others are not enough, and when more than half of those
 *   who sign from then on say that they do: then nobody has to fork any more.
 * - A device that had not written when the view was signed last cannot fork it, and
 *   passes the right on to the next.
 * - An objection voids the whole of what the admins agreed on: the objector sees who
 *   else is there, and may declare them anew. A founder that returns is an admin as
 *   before.
 *
 * A hostile admin who is the only other one can therefore take signing over from a
 * founder, and one who makes others admins speaks with their words too; nothing here
 * knows whether somebody is away, and what they say to it comes after. It can sign a
 * false view for newcomers until the founder, who stays the more senior, takes its role
 * away and declares its device lost in turn. It cannot make members who replay the log
 * believe anything, and loses nobody's events.
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
  /** Whose writer may fork the view; null while nobody has to. */
  heir: string | null
  /** What was agreed on, and not voided: of these writers `lost` consists. */
  verdicts: Verdict[]
  /** Devices that had the right to fork since the last loss, and cannot. */
  passed: string[]
  /** Of `writers`, those who have said since the last loss that they sign. */
  standing: string[]
}

/** Writers that enough admins agreed are lost. */
export interface Verdict {
  writers: string[]
  /** Whose word it was. */
  by: string[]
  /** How many of them it takes. */
  needs: number
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
  const founded = foundedBy(relayKey)
  return node === null ? founded : { ...founded, ...(node.value as Partial<IndexerFacts>) }
}

export const foundedBy = (writer: string): IndexerFacts => ({
  writers: [writer],
  ever: [writer],
  lost: [],
  successor: null,
  heir: null,
  verdicts: [],
  passed: [],
  standing: []
})

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
    for (const { writer, writes } of await readDevices(state, pubkey)) {
      const wrote = writer === relayKey || (await hasWritten(state, writer))
      if (writes && wrote) devices.push({ pubkey, writer })
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
  const verdict = agreedLosses(before, losses, devices)
  const verdicts = verdict === null ? before.verdicts : [...before.verdicts, verdict]
  const lost = verdict === null ? before.lost : [...before.lost, ...verdict.writers]
  const eligible = devices.filter(({ writer }) => !lost.includes(writer))
  const writers = chooseWriters(before.writers, eligible)
  // An heir that is no admin any more has no use for its right.
  const mayFork = verdict !== null || before.heir !== null
  const isThere = verdict === null && eligible.some(({ writer }) => writer === before.heir)
  const passed = verdict === null ? before.passed : []
  const heir = isThere ? before.heir : nextHeir(passed, eligible)
  const isSame = verdict === null && sameWriters(writers, before.writers)
  return {
    writers,
    ever: [...before.ever, ...writers.filter((writer) => !before.ever.includes(writer))],
    lost,
    successor: nextAfter(writers, eligible),
    heir: mayFork ? heir : null,
    verdicts,
    passed,
    standing: isSame ? before.standing : []
  }
}

/** The most senior admin's device that can fork, as far as is known. */
function nextHeir(passed: string[], eligible: AdminDevice[]): string | null {
  return eligible.find(({ writer }) => !passed.includes(writer))?.writer ?? null
}

/** The heir cannot fork: the next one may, when there is one. */
export function passedOn(facts: IndexerFacts, devices: AdminDevice[]): IndexerFacts {
  if (facts.heir === null) return facts
  const passed = [...facts.passed, facts.heir]
  const eligible = devices.filter(({ writer }) => !facts.lost.includes(writer))
  const heir = nextHeir(passed, eligible)
  return heir === null ? facts : { ...facts, passed, heir }
}

/** Without what was agreed on about some of the writers: nobody may fork by it any more. */
export function voided(facts: IndexerFacts, isVoid: (verdict: Verdict) => boolean): IndexerFacts {
  const verdicts = facts.verdicts.filter((verdict) => !isVoid(verdict))
  if (verdicts.length === facts.verdicts.length) return facts
  const lost = verdicts.flatMap(({ writers }) => writers)
  return { ...facts, lost, verdicts, heir: null, passed: [], standing: [] }
}

/** Without an admin's word; what was agreed on is void when the others are not enough. */
export function withoutWord(facts: IndexerFacts, pubkey: string): IndexerFacts {
  const verdicts = facts.verdicts.map((verdict) => ({
    ...verdict,
    by: verdict.by.filter((other) => other !== pubkey)
  }))
  return voided({ ...facts, verdicts }, ({ by, needs }) => by.length < needs)
}

/** One of those who sign says so; when most of them do, nobody has to fork any more. */
export function standingBy(facts: IndexerFacts, writer: string): IndexerFacts {
  const standing = [...facts.standing, writer]
  const isMost = standing.length * 2 > facts.writers.length
  return isMost ? { ...facts, standing: [], heir: null } : { ...facts, standing }
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

/** What enough admins agree on now that was not agreed on before; null without any. */
function agreedLosses(
  before: IndexerFacts,
  losses: Loss[],
  devices: AdminDevice[]
): Verdict | null {
  const owners = new Map(devices.map(({ pubkey, writer }) => [writer, pubkey]))
  const isKnown = (writer: string): boolean => owners.has(writer) || before.ever.includes(writer)
  for (const { writers: named } of losses) {
    const fresh = named.filter((writer) => isKnown(writer) && !before.lost.includes(writer))
    if (fresh.length === 0) continue
    const by = losses.filter(({ writers }) => sameWriters(writers, named)).map((loss) => loss.by)
    const gone = [...before.lost, ...named]
    const accused = new Set(fresh.map((writer) => owners.get(writer) ?? null))
    const asked = [...accused].map((pubkey) => electorsFor(pubkey, gone, before.lost, devices))
    const isAgreed = asked.every(
      (electors) => by.filter((pubkey) => electors.has(pubkey)).length >= mostOf(electors.size)
    )
    if (!isAgreed) continue
    const needs = Math.max(...asked.map(({ size }) => mostOf(size)))
    const heard = by.filter((pubkey) => asked.some((electors) => electors.has(pubkey)))
    return { writers: fresh, by: heard, needs }
  }
  return null
}

const mostOf = (count: number): number => Math.floor(count / 2) + 1

/**
 * Who is asked whether an admin's devices are lost: all admins with a device that was
 * not agreed to be lost, and not the accused unless it would have one left. Others that
 * are accused with it are asked too, or naming them would silence them.
 */
function electorsFor(
  accused: string | null,
  gone: string[],
  lost: string[],
  devices: AdminDevice[]
): Set<string> {
  const electors = new Set<string>()
  for (const { pubkey, writer } of devices) {
    if (!(pubkey === accused ? gone : lost).includes(writer)) electors.add(pubkey)
  }
  return electors
}

export const sameWriters = (a: string[], b: string[]): boolean =>
  a.length === b.length && a.every((writer, i) => writer === b[i])
