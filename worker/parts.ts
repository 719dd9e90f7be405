/** What the worker is started with, and what it consists of. */
import type { Config } from './config.ts'
import type { Drive } from './files/drive.ts'
import type { Files } from './files/files.ts'
import type { Folders } from './files/folders/folders.ts'
import type { Holdings, Pace } from './files/holdings/holdings.ts'
import type { Identity } from './identity.ts'
import type { LastSaid } from './last-said.ts'
import type { Log } from './log.ts'
import type { GatedStore } from './network/gated-store.ts'
import type { Network } from './network/network.ts'
import type { People } from './people.ts'
import type { Relays } from './relays/relays.ts'
import type { SentInvites } from './sent-invites.ts'
import type { StorageMeter } from './storage-usage.ts'
import type { WaitingJoins } from './relays/waiting-joins.ts'
import type { Uploads } from './serve/uploads.ts'
import type { Unread } from './unread.ts'

export interface WorkerOptions {
  /** The storage directory; made when missing. */
  storage: string
  /** `host:port` of DHT nodes; undefined for the public DHT. */
  bootstrap?: string[]
  /** Overrides the configured port of the loopback server; 0 for any free one. */
  localPort?: number
  version: string
  /** How often others are asked what they hold; as it is best, when left out. */
  pace?: Partial<Pace>
  log: Log
  /** How often a storage that failed is tried, and one that works is looked at, in ms. */
  mending?: { wait: { first: number; longest: number }; watch: number }
}

/** Everything that is there once the worker is ready. */
export interface Parts {
  config: Config
  identity: Identity
  store: GatedStore
  drive: Drive
  network: Network
  relays: Relays
  waiting: WaitingJoins
  sentInvites: SentInvites
  files: Files
  uploads: Uploads
  holdings: Holdings
  folders: Folders
  people: People
  unread: Unread
  said: LastSaid
  meter: StorageMeter
}
