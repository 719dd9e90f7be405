/**
 * A bulk lane: a second way between two members who are connected already, by TCP.
 *
 * Who wants one asks over the file channel of a relay that both proved membership in, and is
 * told a port and a token. It dials the host with which it speaks already, and both take the
 * Noise keys of the connection that they have and no others. The first message over the lane
 * is a ticket, which nobody can make who did not get the token on that very connection, and
 * which is good for this one handshake.
 */
import b4a from 'b4a'
import sodium from 'sodium-universal'

/** Where a lane can be had, once, within a few seconds. */
export interface LaneOffer {
  /** TCP, on the host by which the one who offers is reached already. */
  port: number
  /** `TOKEN_BYTES`, never sent over the lane. */
  token: Uint8Array
}

export const TOKEN_BYTES = 32

/** Bytes of the first message over a lane. */
export const TICKET_BYTES = 32

/** Those below belong to services that a member could have us knock at. */
export const LOWEST_PORT = 1024
const HIGHEST_PORT = 65535

const PREFIX = b4a.from('hypertuna-lane/1')

/**
 * What whoever dials says first.
 *
 * @param connection the Noise handshake hash of the connection that the token came over
 * @param lane the lane's own
 */
export function laneTicket(
  token: Uint8Array,
  connection: Uint8Array,
  lane: Uint8Array
): Uint8Array {
  const ticket = b4a.alloc(TICKET_BYTES)
  sodium.crypto_generichash_batch(ticket, [PREFIX, connection, lane], token)
  return ticket
}

/** Whether an offer can be meant: a token, and a port that programs of people listen at. */
export function isLaneOffer({ port, token }: LaneOffer): boolean {
  return port >= LOWEST_PORT && port <= HIGHEST_PORT && token.byteLength === TOKEN_BYTES
}
