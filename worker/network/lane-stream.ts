/** A bulk lane as a stream: Noise over TCP, by the keys of the connection it belongs to. */
import b4a from 'b4a'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import tcp from 'bare-tcp'
import type { TCPSocket } from 'bare-tcp'
import type { KeyPair } from 'hypercore-crypto'
import type Hyperswarm from 'hyperswarm'

import { HypertunaError } from '../../protocol/errors.ts'
import { laneTicket } from '../../protocol/lane.ts'
import type { LaneOffer } from '../../protocol/lane.ts'

export type Lane = NoiseSecretStream

/** Bytes that are taken from the system at once. */
export const READ_SIZE = 256 * 1024

/** Milliseconds between signs of life. */
const KEEP_ALIVE = 3000
/** Milliseconds without one after which a lane is given up: sooner than a provider is. */
const SILENCE = 10_000

/** @param keys our pair, and whom we dial; who is dialled learns whom it speaks with */
export function makeLane(
  isInitiator: boolean,
  socket: TCPSocket,
  keys: { keyPair: KeyPair; remotePublicKey?: Uint8Array }
): Lane {
  const lane = new NoiseSecretStream(isInitiator, socket, {
    pattern: 'IK',
    keepAlive: KEEP_ALIVE,
    ...keys
  })
  lane.setTimeout(SILENCE)
  socket.on('end', () => lane.destroy()) // nothing is said over half a lane
  lane.on('error', () => {}) // whoever uses it hears of its end by its channel
  return lane
}

/**
 * Dials an offer, on the host that we speak with already.
 *
 * @param patience milliseconds that it may take
 * @throws {HypertunaError} TIMEOUT, NOBODY_ONLINE when there is no way by TCP
 */
export async function dialLane(
  connection: Hyperswarm.Connection,
  { port, token }: LaneOffer,
  { keyPair, patience }: { keyPair: KeyPair; patience: number }
): Promise<Lane> {
  const host = connection.rawStream.remoteHost
  if (host === undefined) throw new HypertunaError('NOBODY_ONLINE', 'The connection is gone')
  const { remotePublicKey, handshakeHash } = connection
  const socket = tcp.createConnection(port, host, { readBufferSize: READ_SIZE, noDelay: true })
  const lane = makeLane(true, socket, { keyPair, remotePublicKey })
  const timer = setTimeout(() => lane.destroy(), patience)
  try {
    if (!(await lane.opened)) throw new HypertunaError('NOBODY_ONLINE', 'There is no way by TCP')
  } finally {
    clearTimeout(timer)
  }
  if (!b4a.equals(lane.remotePublicKey, remotePublicKey)) {
    lane.destroy()
    throw new HypertunaError('UNPROVEN', 'Somebody else answers where the lane should be')
  }
  lane.write(laneTicket(token, handshakeHash, lane.handshakeHash))
  return lane
}
