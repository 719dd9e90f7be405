/**
 * What records about indexers do, and what follows for Autobase. Why, and who may: see
 * `indexers.ts`.
 */
import b4a from 'b4a'
import type Autobase from 'autobase'
import type Hypercore from 'hypercore'

import { isHex32 } from '../../protocol/ids.ts'
import {
  decideIndexers,
  readAdminDevices,
  readIndexers,
  readLosses,
  passedOn,
  sameWriters,
  standingBy,
  voided,
  withoutWord
} from './indexers.ts'
import type { IndexerFacts } from './indexers.ts'
import { LOSS_LIMIT } from './indexer-record.ts'
import type { IndexerRecord } from './indexer-record.ts'
import { INDEXERS_KEY, lossKey } from './keys.ts'
import { duplicate, invalid, restricted } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import type { StateBatch } from './state-batch.ts'
import { readWriter, readWriterFacts } from './state.ts'
import type { StateReader } from './state.ts'
import { manifestOf } from './writer-proof.ts'
import type { WriterProof } from './writer-proof.ts'

/** How long anybody's first block is waited for, in ms. */
const FIRST_BLOCK = 10_000

/** What of a node on its way into the view is needed here. */
export interface Seat {
  batch: StateBatch
  host: Autobase.HostCalls
  carrier: { writer: string; relayKey: string }
}

/** To be called after each change of who is an admin, and with which devices. */
export async function settleIndexers(seat: Seat): Promise<void> {
  const { batch, host, carrier } = seat
  const before = await readIndexers(batch, carrier.relayKey)
  const losses = await readLosses(batch)
  const devices = await readAdminDevices(batch, carrier.relayKey)
  const after = decideIndexers(before, losses, devices)
  for (const { by, writers } of losses) {
    const isAdmin = devices.some(({ pubkey }) => pubkey === by)
    const settled = writers.every((writer) => after.lost.includes(writer))
    if (settled || !isAdmin) await batch.del(lossKey(by))
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) await batch.put(INDEXERS_KEY, after)
  // What lies between the last signature and a fork is replayed under the heir, while
  // the state still names who was lost. Seated again, they would be waited for again.
  const sitting = host.system.indexers.map(({ key }) => b4a.toString(key, 'hex'))
  if (sameWriters(sitting.sort(), [...before.writers].sort())) {
    await seatWriters(after.writers, seat)
  }
}

/**
 * Makes Autobase's indexers those writers. It never has none, and all that change
 * within one node change at once.
 */
async function seatWriters(writers: string[], { batch, host }: Seat): Promise<void> {
  const sitting = host.system.indexers.map(({ key }) => b4a.toString(key, 'hex'))
  for (const writer of writers) {
    if (sitting.includes(writer)) continue
    await knowManifest(writer, (await readWriterFacts(batch, writer))?.proof ?? null, host)
    await host.addWriter(b4a.from(writer, 'hex'), { indexer: true })
  }
  for (const writer of sitting) {
    const key = b4a.from(writer, 'hex')
    if (!writers.includes(writer) && host.removeable(key)) {
      await host.addWriter(key, { indexer: false })
    }
  }
}

/**
 * The keys of the signed cores are made of the indexers' manifests, and Autobase
 * leaves out one that it does not have: whoever fast-forwarded past a writer's nodes
 * would then sign other cores than everybody else. What proves a writer tells its
 * manifest. Of one without a proof, as in logs from before, it comes with any block, if
 * anybody has one: nothing here may wait for that for ever.
 */
async function knowManifest(
  writer: string,
  proof: WriterProof | null,
  host: Autobase.HostCalls
): Promise<void> {
  const manifest = proof === null ? null : manifestOf(b4a.from(proof.publicKey, 'hex'))
  const key = b4a.from(writer, 'hex')
  const core = host.base.store.get({ key, manifest, active: manifest === null })
  try {
    await core.ready()
    if (core.manifest === null) await firstBlock(core)
  } finally {
    await core.close()
  }
}

async function firstBlock(core: Hypercore): Promise<void> {
  try {
    await core.get(0, { timeout: FIRST_BLOCK })
  } catch (err) {
    if ((err as { code?: string }).code !== 'REQUEST_TIMEOUT') throw err // else nobody has it
  }
}

/** Who brings a record. */
interface Carried {
  by: string
  member: { role: string }
  /** Whether the node lies before the point from which the writer's acts do not count. */
  mayAct: boolean
  carrier: Seat['carrier']
}

/** @returns null when the record may take effect */
export async function judgeIndexers(
  record: IndexerRecord,
  { by, member, mayAct, carrier }: Carried,
  state: StateReader
): Promise<Rejection | null> {
  const { writer, relayKey } = carrier
  if (member.role !== 'admin' || !mayAct) return restricted('only an admin’s device signs')
  const facts = await readIndexers(state, relayKey)
  const { lost, heir } = facts
  switch (record.type) {
    case 'lost':
      return judgeLoss(record.writers, { by, carrier, facts }, state)
    case 'present': {
      const named = (await readLosses(state)).some(({ writers }) => writers.includes(writer))
      return named || lost.includes(writer) ? null : duplicate('nobody said it was lost')
    }
    case 'succeed':
    case 'pass':
      return heir === writer ? null : restricted('this device may not take over')
    case 'stands':
      if (!facts.writers.includes(writer)) return restricted('it does not sign')
      if (heir === null) return duplicate('nobody may take over')
      return facts.standing.includes(writer) ? duplicate('said already') : null
  }
}

async function judgeLoss(
  writers: string[],
  { by, carrier, facts }: { by: string; carrier: Seat['carrier']; facts: IndexerFacts },
  state: StateReader
): Promise<Rejection | null> {
  if (writers.length > LOSS_LIMIT || !writers.every(isHex32)) return invalid('not writers')
  if (!writers.every((writer, i) => i === 0 || writers[i - 1]! < writer)) {
    return invalid('writers in no order')
  }
  if (writers.includes(carrier.writer)) return invalid('it is writing')
  const isTakenBack = writers.length === 0 && facts.verdicts.some((known) => known.by.includes(by))
  if (isTakenBack) return null
  const said = (await state.get(lossKey(by)))?.value as string[] | undefined
  return sameWriters(said ?? [], writers) ? duplicate('said already') : null
}

/** What a record about indexers does, once {@link judgeIndexers} let it in. */
export async function doIndexers(record: IndexerRecord, seat: Seat): Promise<void> {
  const { batch, carrier } = seat
  switch (record.type) {
    case 'lost': {
      const by = (await readWriter(batch, carrier.writer))!
      await batch.set(lossKey(by), record.writers.length > 0 ? record.writers : null)
      if (record.writers.length === 0) await change((facts) => withoutWord(facts, by), seat)
      return settleIndexers(seat)
    }
    case 'present':
      await speakUp(seat)
      return settleIndexers(seat)
    case 'pass': {
      const devices = await readAdminDevices(batch, carrier.relayKey)
      return change((facts) => passedOn(facts, devices), seat)
    }
    case 'stands':
      return change((facts) => standingBy(facts, carrier.writer), seat)
    case 'succeed':
      await fork(record, seat)
      return seatWriters((await readIndexers(batch, carrier.relayKey)).writers, seat)
  }
}

async function change(
  how: (facts: IndexerFacts) => IndexerFacts,
  { batch, carrier }: Seat
): Promise<void> {
  const before = await readIndexers(batch, carrier.relayKey)
  const after = how(before)
  if (JSON.stringify(before) !== JSON.stringify(after)) await batch.put(INDEXERS_KEY, after)
}

async function speakUp(seat: Seat): Promise<void> {
  const { batch, carrier } = seat
  const { writer } = carrier
  for (const { by, writers } of await readLosses(batch)) {
    if (writers.includes(writer)) await batch.del(lossKey(by))
  }
  await change((facts) => voided(facts, (verdict) => verdict.writers.includes(writer)), seat)
}

/**
 * Has the view signed by the carrier alone. Whether it does anything depends on how
 * far this replay has come, so nothing that is written here may depend on that.
 */
async function fork(
  { key, length }: Extract<IndexerRecord, { type: 'succeed' }>,
  { host, carrier }: Seat
): Promise<void> {
  const heir = b4a.from(carrier.writer, 'hex')
  if (b4a.toString(host.system.core.key, 'hex') !== key) return
  if (!(await canFork(heir, length, host.system))) return
  await host.fork([heir], { key: b4a.from(key, 'hex'), length })
}

/**
 * Autobase fails for good, on every device, at a fork from within a flush, towards a writer
 * that had not written by then, or from its core's own beginning: signers that take over
 * have to have signed once, before anybody can follow them.
 */
export async function canFork(
  heir: Uint8Array,
  length: number,
  system: Autobase.System
): Promise<boolean> {
  const from = system.core.manifest?.prologue?.length ?? 0
  if (!Number.isSafeInteger(length) || length <= from || length > system.core.length) return false
  const entry = await system.db.getBySeq(length - 1)
  if (entry === null || b4a.toString(entry.key.subarray(2)) !== 'info') return false
  return hadWritten(heir, length, system)
}

/** Whether a writer had written, and was in, at a length of the system core. */
export async function hadWritten(
  writer: Uint8Array,
  length: number,
  system: Autobase.System
): Promise<boolean> {
  const then = await system.checkout(length)
  try {
    const member = await then.get(writer)
    return member !== null && member.length > 0 && !member.isRemoved
  } finally {
    await then.close()
  }
}
