import type Hyperdrive from 'hyperdrive'

import type { FileResponder } from '../../protocol/file-channel/channel.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { RelayFiles } from '../relays/relay-files.ts'
import type { Drive } from './drive.ts'
import type { Holdings } from './holdings/holdings.ts'

/** What the file services work with. */
export interface FilesOptions {
  drive: Drive
  /** A session for somebody else's drive, replicated with proven members. */
  openDrive(driveKey: string): Hyperdrive
  /** Asks who holds what. */
  holdings: Holdings
  /** Makes what answers a relay's members and gateways. */
  respond(files: RelayFiles): FileResponder
  /** The folder that keeps what is known of each relay's files. */
  knownFolder: string
  /** Until its turn nothing of a relay is looked at; at once when left out. */
  turn?(): Promise<void>
  /** Where what people chose is kept. */
  choicesPath: string
  /** What people set for a relay, or for the device. */
  config: Pick<Config, 'get' | 'current'>
  log: Log
}

/** What is to be stored, as a face says it. */
export interface StoreWish {
  relayKey: string
  fileHash: string | null
  name: string | null
  mime: string | null
}
