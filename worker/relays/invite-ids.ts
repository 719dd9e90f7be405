/**
 * Under which ids a state knows invites: who reads a group's log, and of most groups that
 * is anybody, must not be able to try there which code one is of.
 *
 * Codes of our own invites are 256 random bits. A code that a person or another client
 * chose may be short, so its id is made with the relay's secret key, which admins alone
 * have, and with which alone a code is honoured. When that key is made anew, because an
 * admin went who knew it, such codes hold no longer.
 */
import b4a from 'b4a'
import BlindPairing from 'blind-pairing'
import sodium from 'sodium-universal'

import { decodeInvite } from './invite-code.ts'

/** Characters of a code that somebody chose: fewer are soon tried, however slowly one may. */
export const LEAST_CODE = 6

export const isTooShort = (code: string): boolean => [...code].length < LEAST_CODE

/**
 * The id of one of our invites, whose link is a code for kind 9021 as it is.
 *
 * @returns 64 hex; null for a code that is none of ours
 */
export function linkId(code: string): string | null {
  try {
    const { id } = BlindPairing.decodeInvite(decodeInvite(code).pairing)
    return b4a.toString(id, 'hex')
  } catch {
    return null // some other text
  }
}

/**
 * BLAKE2b-256 of a code, keyed.
 *
 * @param secret the relay's, 32 bytes
 * @returns 64 hex
 */
export function plainCodeId(code: string, secret: Uint8Array): string {
  const id = b4a.alloc(32)
  sodium.crypto_generichash(id, b4a.from(`hypertuna-invite/2\0${code}`), secret)
  return b4a.toString(id, 'hex')
}
