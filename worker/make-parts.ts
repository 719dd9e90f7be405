/**
 * Makes what a worker consists of, in order: folder and key, store and drive, network, files
 * and groups. Nobody is answered yet, and no group is open.
 */
import { join } from 'bare-path'

import type { HypertunaError } from '../protocol/errors.ts'
import type { Afterwards } from './afterwards.ts'
import type { Closers } from './closers.ts'
import type { Config } from './config.ts'
import type { Drive } from './files/drive.ts'
import { Files } from './files/files.ts'
import { Folders } from './files/folders/folders.ts'
import { Holdings } from './files/holdings/holdings.ts'
import { openOthers } from './files/replica.ts'
import { takeBack } from './group-calls.ts'
import type { GatedStore } from './network/gated-store.ts'
import { Network } from './network/network.ts'
import { LastSaid } from './last-said.ts'
import type { OwnKey } from './own-key/own-key.ts'
import type { Parts, WorkerOptions } from './parts.ts'
import { People } from './people.ts'
import { now } from './relays/group.ts'
import type { Group } from './relays/group.ts'
import { Relays } from './relays/relays.ts'
import { WaitingJoins } from './relays/waiting-joins.ts'
import { FileServer } from './serve/file-server.ts'
import type { NostrSocket } from './serve/nostr-socket.ts'
import { Uploads } from './serve/uploads.ts'
import { openStoreAndDrive } from './storage.ts'
import { openFolder, removeKept } from './storage-folder.ts'
import { StorageMeter } from './storage-usage.ts'
import { SentInvites } from './sent-invites.ts'
import { Unread } from './unread.ts'

export interface Making {
  options: WorkerOptions
  key: OwnKey
  /** Told how each part is closed again. */
  closers: Closers
  /** Whether nothing of the storage was open in this process: then it is made when missing. */
  isFirst: boolean
  /** When what people do not wait for may begin. */
  afterwards: Afterwards
  /** Told of what does not keep the worker from working. */
  onproblem(problem: HypertunaError): void
  /** Carries a client's socket that came through a gateway. */
  carry: NostrSocket['carry']
  /** A relay goes: nothing of it is to be answered any more. */
  stopServing(relayKey: string, files: Files): Promise<void>
}

/** @throws what keeps them from being opened; what was opened is with the closers */
export async function makeParts(making: Making): Promise<Parts> {
  const { options, key, closers, isFirst, onproblem, stopServing } = making
  const { storage, bootstrap, log } = options
  const { config, problem } = await openFolder(storage, isFirst)
  if (problem !== null) onproblem(problem)
  const known = config.get()
  const identity = await key.open(known.nostrPubkey)
  const { store, drive } = await openStoreAndDrive(storage, known, closers, log)
  const keyPair = await store.createKeyPair('swarm')
  const lanes = known.bulkLane && { port: known.bulkLanePort }
  const network = new Network({ store, keyPair, bootstrap, lanes, log })
  closers.push(() => network.close())
  const made = await makeFiles(
    { store, drive, config, own: identity.pubkey, relays: () => relays },
    making
  )
  const { files, holdings, uploads } = made
  const relays: Relays = new Relays({
    store,
    config,
    identity,
    network,
    driveKey: drive.key,
    makeFolder: (relayKey) => drive.makeFolder(relayKey),
    removeFolder: async (relayKey) => {
      unread.forget(relayKey)
      sentInvites.forgetRelay(relayKey)
      await folders.forget(relayKey)
      await files.choices.forgetRelay(relayKey)
      await removeKept(relayKey, drive, storage)
    },
    stopServing: (relayKey) => stopServing(relayKey, files),
    turn: () => making.afterwards.turn(),
    log
  })
  const unread = new Unread({
    path: join(storage, 'reads.json'),
    joinedAt: (relayKey) => config.relay(relayKey)?.joinedAt ?? now(),
    log
  })
  await unread.open()
  closers.push(() => unread.close())
  relays.on('group', (group) => unread.add(group as Group))
  const sentInvites = new SentInvites({ path: join(storage, 'sent-invites.json'), identity, log })
  await sentInvites.open()
  closers.push(() => sentInvites.close())
  const people = new People()
  const said = new LastSaid(people)
  relays.on('group', (group) => said.add(group as Group))
  closers.push(() => relays.close())
  closers.push(() => said.close()) // before the relays, which it reads
  closers.push(() => files.close()) // before the relays, which its work reads
  closers.push(() => holdings.close())
  const waiting = new WaitingJoins({ path: join(storage, 'waiting-joins.json'), relays, log })
  closers.push(() => waiting.close())
  const meter = new StorageMeter(storage, drive)
  const folders: Folders = new Folders({
    config,
    drive,
    files,
    identity,
    group: (relayKey) => relays.get(relayKey),
    nameOf: (group, pubkey) => people.nameOf(group, pubkey),
    storage,
    log
  })
  closers.push(() => folders.close())
  const services = {
    relays,
    waiting,
    sentInvites,
    files,
    uploads,
    holdings,
    folders,
    people,
    unread,
    said,
    meter
  }
  return { config, identity, store, drive, network, ...services }
}

interface Stores {
  store: GatedStore
  drive: Drive
  config: Config
  /** Our pubkey. */
  own: string
  /** Not there yet when this is asked for, and later. */
  relays(): Relays
}

async function makeFiles(
  { store, drive, config, own, relays }: Stores,
  { options, closers, carry, afterwards }: Making
): Promise<Pick<Parts, 'files' | 'holdings' | 'uploads'>> {
  const { storage, pace, log } = options
  const holdings = new Holdings({
    drive,
    path: join(storage, 'holdings'),
    copies: (relayKey) => config.relay(relayKey)?.copies ?? null,
    onDemand: (relayKey) => config.relay(relayKey)?.keep === 'on-demand',
    isKnown: (relayKey) => config.relay(relayKey) !== null,
    pace,
    log
  })
  const uploads: Uploads = new Uploads({
    drive,
    store: (...wish) => files.storeStream(...wish),
    own,
    path: join(storage, 'uploads.json'),
    log,
    retract: (relayKey, event) => takeBack(relays().get(relayKey), event.id, '')
  })
  const files: Files = new Files({
    drive,
    openDrive: (driveKey) => openOthers(store.session({ circle: 'replica' }), driveKey),
    holdings,
    respond: (relay) =>
      new FileServer({
        relay,
        drive,
        up: files.bandwidth.up,
        watch: holdings.door,
        uploads,
        sockets: { carry }
      }),
    knownFolder: join(storage, 'known'),
    turn: () => afterwards.turn(),
    choicesPath: join(storage, 'choices.json'),
    config,
    log
  })
  await uploads.open()
  closers.push(() => uploads.close())
  await files.ready()
  return { files, holdings, uploads }
}
