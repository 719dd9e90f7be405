/**
 * From records to the view: what every member computes alike.
 *
 * The view is two cores: a log of accepted events and a Hyperbee of state.
 * Autobase undoes and replays nodes as it learns their order, so nothing here
 * may depend on anything but the nodes and the view: no clock, no randomness,
 * no configuration, no I/O of our own.
 */
import b4a from 'b4a'
import type Autobase from 'autobase'
import type Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'

import { parseFiles } from '../../protocol/file-event.ts'
import { tagValue, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import {
  deletedKey,
  driveOfKey,
  eventKey,
  fileKey,
  filekeyKey,
  goneKey,
  inviteKey,
  MEMBERSHIP_KEY,
  memberKey,
  parseFilekey,
  providersRange,
  RELAY_KEY,
  replaceableKey,
  sealedKey,
  writerKey
} from './keys.ts'
import { isAddressable, isReplaceable, judge, KIND } from './policy.ts'
import type { Carrier } from './policy.ts'
import { decodeRecord } from './records.ts'
import type { RelayRecord } from './records.ts'
import { isDeleted, readInvite, readMember, readPosition, readRecord, readRelay } from './state.ts'
import type { Access, FileFacts, InviteFacts, RelayFacts } from './state.ts'

export interface View {
  /** Accepted events as JSON, in the order in which they were accepted. */
  log: Hypercore
  state: Hyperbee<string, unknown>
}

/** Told what a replay did: hints for what to look at afterwards, never part of the view. */
export interface Replay {
  /** The log is written, or written anew, from this position on. */
  from(position: number): void
  /** A file's records or providers may have changed. */
  touched(hash: string): void
}

type Batch = Hyperbee.Batch<string, unknown>

interface Step {
  batch: Batch
  host: Autobase.HostCalls
  carrier: Carrier
  /** Log positions from here on belong to this replay. */
  log: { length: number; blocks: Uint8Array[]; read(position: number): Promise<Uint8Array> }
  replay: Replay
}

/** Replays nodes onto the view. */
export async function applyNodes(
  nodes: Autobase.ApplyNode<Uint8Array>[],
  view: View,
  host: Autobase.HostCalls,
  replay: Replay
): Promise<void> {
  const batch = view.state.batch({ update: false })
  const relayKey = b4a.toString(host.key, 'hex')
  const discoveryKey = b4a.toString(host.discoveryKey, 'hex')
  const blocks: Uint8Array[] = []
  const start = view.log.length
  replay.from(start)
  const log = {
    get length() {
      return start + blocks.length
    },
    blocks,
    read: async (position: number): Promise<Uint8Array> =>
      position < start ? view.log.get(position) : blocks[position - start]!
  }
  for (const node of nodes) {
    const record = decodeRecord(node.value)
    if (record === null) continue
    const writer = b4a.toString(node.from.key, 'hex')
    const carrier = { writer, founding: writer === relayKey, relayKey, discoveryKey }
    if ((await judge(record, carrier, batch)) !== null) continue
    await takeEffect(record, { batch, host, carrier, log, replay })
  }
  if (blocks.length > 0) await view.log.append(blocks)
  await batch.flush()
}

async function takeEffect(record: RelayRecord, step: Step): Promise<void> {
  switch (record.type) {
    case 'event':
      return accept(record.event, step)
    case 'admit':
      return admit(record.request, step)
    case 'announce':
      return announce(record, step)
    case 'seal':
      return step.batch.put(sealedKey(record.to), { from: record.from, payload: record.payload })
  }
}

async function accept(event: NostrEvent, step: Step): Promise<void> {
  const { batch, log } = step
  const position = log.length
  log.blocks.push(b4a.from(JSON.stringify(event)))
  await batch.put(eventKey(event.id), position)
  if (isReplaceable(event.kind) || isAddressable(event.kind)) {
    const d = isAddressable(event.kind) ? (tagValue(event, 'd') ?? '') : ''
    const pointer = { id: event.id, position, createdAt: event.created_at }
    await batch.put(replaceableKey(event.kind, event.pubkey, d), pointer)
  }
  switch (event.kind) {
    case KIND.createGroup:
      return found(event, step, position)
    case KIND.editMetadata:
      return rename(event, step)
    case KIND.createInvite:
      return batch.put(inviteKey(tagValue(event, 'code')!), inviteOf(event))
    case KIND.deletion:
      return remove(event, step)
    default:
      return record(event, step, position)
  }
}

/** The card: the relay's facts, its creator as admin, the first writer bound to it. */
async function found(card: NostrEvent, { batch, carrier }: Step, position: number): Promise<void> {
  const alias = tagValue(card, 'h')!
  const facts: RelayFacts = {
    alias,
    creator: card.pubkey,
    relayPubkey: tagValue(card, 'relayPubkey')!,
    access: tagValue(card, 'access') as Access,
    name: tagValue(card, 'name') ?? alias,
    about: tagValue(card, 'about') ?? ''
  }
  await batch.put(RELAY_KEY, facts)
  await batch.put(memberKey(card.pubkey), { role: 'admin' })
  await batch.put(writerKey(carrier.writer), card.pubkey)
  await batch.put(MEMBERSHIP_KEY, position)
}

/** 9002 replaces the descriptive facts whole; access and identity stay. */
async function rename(event: NostrEvent, { batch }: Step): Promise<void> {
  const relay = await readRelay(batch)
  if (relay === null) return
  const name = tagValue(event, 'name') ?? relay.alias
  await batch.put(RELAY_KEY, { ...relay, name, about: tagValue(event, 'about') ?? '' })
}

function inviteOf(event: NostrEvent): InviteFacts {
  const count = (name: string): number => {
    const value = Number(tagValue(event, name) ?? 0)
    return Number.isSafeInteger(value) && value > 0 ? value : 0
  }
  return {
    publicKey: tagValue(event, 'pairing')!,
    expiresAt: count('expires'),
    uses: count('uses'),
    used: 0,
    by: event.pubkey
  }
}

async function admit(request: NostrEvent, step: Step): Promise<void> {
  const { batch, host, log } = step
  const writer = tagValue(request, 'writer')!
  const known = await readMember(batch, request.pubkey)
  if ((await readPosition(batch, request.id)) === null) {
    await batch.put(eventKey(request.id), log.length)
    log.blocks.push(b4a.from(JSON.stringify(request)))
  }
  await batch.put(writerKey(writer), request.pubkey)
  if (known === null) {
    await batch.put(memberKey(request.pubkey), { role: 'member' })
    await batch.put(MEMBERSHIP_KEY, log.length - 1)
    await countUse(request, batch)
  }
  await host.addWriter(b4a.from(writer, 'hex'), { indexer: false })
}

async function countUse(request: NostrEvent, batch: Batch): Promise<void> {
  const code = tagValue(request, 'code')
  if (code === undefined) return
  const invite = await readInvite(batch, code)
  if (invite !== null) await batch.put(inviteKey(code), { ...invite, used: invite.used + 1 })
}

async function announce(
  record: Extract<RelayRecord, { type: 'announce' }>,
  { batch, carrier, replay }: Step
): Promise<void> {
  const pubkey = (await batch.get(writerKey(carrier.writer)))!.value as string
  await batch.put(driveOfKey(carrier.writer), record.driveKey)
  for (const hash of record.held) {
    await batch.put(filekeyKey(hash, record.driveKey, pubkey), 1)
    replay.touched(hash)
  }
  for (const hash of record.withdrawn) {
    await batch.del(filekeyKey(hash, record.driveKey, pubkey))
    replay.touched(hash)
  }
}

/** Indexes the files that an event describes. */
async function record(event: NostrEvent, step: Step, position: number): Promise<void> {
  for (const file of parseFiles(event)) {
    const facts: FileFacts = {
      position,
      createdAt: event.created_at,
      pubkey: event.pubkey,
      mime: file.mime,
      name: file.name,
      path: file.path,
      size: file.size,
      piecesRoot: file.piecesRoot
    }
    await step.batch.put(fileKey(file.hash, position, event.id), facts)
    step.replay.touched(file.hash)
  }
}

/** NIP-09: an author takes back own events; a file goes with its last live record. */
async function remove(deletion: NostrEvent, step: Step): Promise<void> {
  const { batch, log } = step
  for (const id of new Set(tagValues(deletion, 'e'))) {
    const position = await readPosition(batch, id)
    if (position === null || (await isDeleted(batch, id))) continue
    const event = JSON.parse(b4a.toString(await log.read(position))) as NostrEvent
    if (event.pubkey !== deletion.pubkey || event.kind === KIND.deletion) continue
    await batch.put(deletedKey(id), deletion.id)
    for (const file of parseFiles(event)) {
      await batch.del(fileKey(file.hash, position, id))
      await batch.put(goneKey(file.hash), 1)
      step.replay.touched(file.hash)
      if ((await readRecord(batch, file.hash)) === null) await forgetProviders(file.hash, batch)
    }
  }
}

async function forgetProviders(hash: string, batch: Batch): Promise<void> {
  const keys: string[] = []
  for await (const node of batch.createReadStream(providersRange(hash))) {
    if (parseFilekey(node.key) !== null) keys.push(node.key)
  }
  for (const key of keys) await batch.del(key)
}
