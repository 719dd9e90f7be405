import type { Config } from '../config.ts'
import type { Identity } from '../identity.ts'
import type { Log } from '../log.ts'
import type { GatedStore } from '../network/gated-store.ts'
import type { Network } from '../network/network.ts'

/** What the relays of a worker work with. */
export interface RelaysOptions {
  store: GatedStore
  config: Config
  identity: Identity
  network: Network
  driveKey: string
  /** Gives a relay its folder in the drive before anything is put there. */
  makeFolder(relayKey: string): Promise<void>
  /** Removes the folder, and what else is kept of the relay beside it. */
  removeFolder?(relayKey: string): Promise<void>
  /** Ends what works with a group, before it is closed. */
  stopServing?(relayKey: string): Promise<void>
  /** Until its turn a group only answers what is here; it meets others at once when left out. */
  turn?(): Promise<void>
  log: Log
}
