/** What one client may ask of this computer. NIP-11 says the same. */
import { MAX_MESSAGE_BYTES } from '../../../protocol/relay-information.ts'

export interface Limits {
  /** Connections at once. */
  connections: number
  /** Connections that gateways carry, at once. */
  carried: number
  /** Bytes of a message. */
  message: number
  /** Open subscriptions of a connection. */
  subscriptions: number
  /** Filters of one REQ or COUNT. */
  filters: number
  /** Queries of a connection that run at once; the others wait. */
  queries: number
  /** Questions of all connections that read much at once, and those that wait for it. */
  scans: number
  scansWaiting: number
  /** Records of an index that each question may read before it is one of those. */
  freely: number
  /** Events of a connection on their way into the log; its socket is not read meanwhile. */
  incoming: number
  /** Bytes of the messages that brought them. */
  incomingBytes: number
  /** Bytes that wait for a client to read them. */
  outgoing: number
  /** The same of all clients together. */
  allOutgoing: number
  /** ms in which a client that has to read reads nothing before it is cut off. */
  stall: number
  /** ms that a query waits for the index to catch up. */
  behind: number
  /** Pubkeys that a connection may prove. */
  pubkeys: number
  /** NIP-77: records of one comparison, and of all that are open for a relay. */
  records: number
  allRecords: number
  /** Comparisons of a connection. */
  comparisons: number
  /** ms after which a comparison that nobody goes on with is closed. */
  comparisonIdle: number
}

export const LIMITS: Limits = {
  connections: 128,
  carried: 512,
  message: MAX_MESSAGE_BYTES,
  subscriptions: 32,
  filters: 10,
  queries: 4,
  scans: 2,
  scansWaiting: 256,
  freely: 1024,
  incoming: 256,
  incomingBytes: 2 * 1024 * 1024,
  outgoing: 8 * 1024 * 1024,
  allOutgoing: 64 * 1024 * 1024,
  stall: 30_000,
  behind: 30_000,
  pubkeys: 16,
  records: 200_000,
  allRecords: 500_000,
  comparisons: 8,
  comparisonIdle: 60_000
}

export const MAX_ID = 64
/** Seconds that an event may be ahead of our clock. */
export const MAX_AHEAD = 15 * 60
/** Seconds that an AUTH event may be off our clock (NIP-42). */
export const MAX_AUTH_SKEW = 10 * 60
