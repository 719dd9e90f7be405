import type Hyperswarm from 'hyperswarm'

import type { ConnectionProof, MemberProof, PeerEnd } from '../../protocol/card.ts'
import type { FileResponder, PeerInfo } from '../../protocol/file-channel/channel.ts'
import type { Log } from '../log.ts'
import type { Hear } from './ephemeral-link.ts'
import type { Lanes } from './lanes.ts'

/** What a relay's link is given. */
export interface RelayLinkOptions {
  topic: Uint8Array
  relayKey: string
  /** Our proof for a connection; null while we are no member. */
  prove(end: PeerEnd): Promise<MemberProof | null>
  /** Judges a member's proof at its end of a connection. Throws UNPROVEN. */
  checkMember(proof: MemberProof, end: PeerEnd): PeerInfo
  /** A private relay: what its members share, and no stranger is to see. */
  secluded?: Seclusion | null
  /** Whether a member that was accepted before still is one. Always, when left out. */
  stillMember?(peer: PeerInfo): boolean
  respond: FileResponder
  /** Told of ephemeral events that members pass on. */
  hear: Hear
  /** Bulk lanes to members; none when left out. */
  lanes?: Lanes | null
  /** The other side proved membership; it may do so again on the same connection. */
  onmember(connection: Hyperswarm.Connection): void
  /** It lost its membership, or could not show it anew. */
  onstranger(connection: Hyperswarm.Connection): void
  log: Log
}

export interface Seclusion {
  /** 32 bytes that open the relay's channels. */
  secret: Uint8Array
  /** Our proof for a connection; null while we are no member. */
  sign(end: PeerEnd): ConnectionProof | null
  /** Judges the other side's. Throws UNPROVEN. */
  checkSigned(proof: ConnectionProof, end: PeerEnd): PeerInfo
  /** Whether an admin listed the gateway of this Noise key, 64 hex; none, when left out. */
  listsGateway?(noiseKey: string): boolean
}
