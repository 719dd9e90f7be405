import type { Log } from '../../log.ts'
import type { Limits } from './limits.ts'
import type { Backlog } from './outbox.ts'
import type { Scans } from './scans.ts'
import type { ServedRelay } from './served-relay.ts'
import type { Transport } from './transport.ts'

export interface ClientOptions {
  socket: Transport
  served: ServedRelay
  /** Under which names the client may have come to us: its proofs name one. */
  hosts: readonly string[]
  /** What the client is to sign; made here unless given. */
  challenge?: string
  /** Whether it came by a gateway, and not from this computer. */
  isStranger?: boolean
  limits: Limits
  /** Of all connections. */
  scans: Scans
  backlog: Backlog
  log: Log
}
