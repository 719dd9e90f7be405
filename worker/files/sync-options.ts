import type Hyperdrive from 'hyperdrive'
import type { Log } from '../log.ts'
import type { Group } from '../relays/group.ts'
import type { Bandwidth } from './bandwidth.ts'
import type { Choices } from './choices.ts'
import type { Drive } from './drive.ts'
import type { Quota } from './quota.ts'
import type { Transfers } from './transfers.ts'

/** Which of a relay's files are fetched without being asked for. */
export type Keep = 'all' | 'on-demand'

/** What keeping one relay's folder in step needs. */
export interface SyncOptions {
  group: Group
  drive: Drive
  /** A session for somebody else's drive, replicated with proven members; the caller closes it. */
  openDrive(driveKey: string): Hyperdrive
  transfers: Transfers
  choices: Choices
  quota: Quota
  /** What all fetches together may take. */
  down: Bandwidth
  keep: Keep
  /** Bytes that the relay may have on this device; null for any number. */
  quotaBytes: number | null
  /** The file that keeps what is known of the relay's files from one start to the next. */
  knownPath: string
  /** How many other members' drives proved that they hold a file. */
  proven(hash: string): number
  log: Log
}
