/**
 * Every key of a relay's replicated state, in one place.
 *
 * The state is a Hyperbee with UTF-8 keys and JSON values. Members agree on it
 * byte for byte, so a key that changes its form is a new version of the relay.
 */

/** Facts about the relay itself; one entry. */
export const RELAY_KEY = 'relay'

/** When membership last changed, as a position in the log; one entry. */
export const MEMBERSHIP_KEY = 'membership'

export interface Range {
  gte: string
  lt: string
}

export const memberKey = (pubkey: string): string => `member:${pubkey}`
export const memberRange: Range = prefixRange('member:')

export const writerKey = (writer: string): string => `writer:${writer}`

export const eventKey = (id: string): string => `event:${id}`
export const deletedKey = (id: string): string => `deleted:${id}`

export const replaceableKey = (kind: number, pubkey: string, d: string): string =>
  `replaceable:${kind}:${pubkey}:${d}`

/** A live record of a file; in the order of the log, so that the first is the oldest. */
export const fileKey = (hash: string, position: number, eventId: string): string =>
  `file:${hash}:${position.toString(16).padStart(12, '0')}:${eventId}`
export const fileRange: Range = prefixRange('file:')
export const recordsRange = (hash: string): Range => prefixRange(`file:${hash}:`)

/** That a file once had a record here: tells "deleted" from "never known". */
export const goneKey = (hash: string): string => `gone:${hash}`

export const filekeyKey = (hash: string, driveKey: string, pubkey: string): string =>
  `filekey:${hash}:drivekey:${driveKey}:pubkey:${pubkey}`
export const filekeyRange: Range = prefixRange('filekey:')
export const providersRange = (hash: string): Range => prefixRange(`filekey:${hash}:`)

/** The one drive that a writer announces. */
export const driveOfKey = (writer: string): string => `drive-of:${writer}`

/** Splits a filekey entry's key; null when it is not one. */
export function parseFilekey(
  key: string
): { hash: string; driveKey: string; pubkey: string } | null {
  const match = /^filekey:([0-9a-f]{64}):drivekey:([0-9a-f]{64}):pubkey:([0-9a-f]{64})$/.exec(key)
  if (match === null) return null
  const [, hash = '', driveKey = '', pubkey = ''] = match
  return { hash, driveKey, pubkey }
}

export const inviteKey = (id: string): string => `invite:${id}`

/** The relay's secret key, sealed to one admin. */
export const sealedKey = (pubkey: string): string => `sealed:${pubkey}`

function prefixRange(prefix: string): Range {
  const last = prefix.charCodeAt(prefix.length - 1)
  return { gte: prefix, lt: prefix.slice(0, -1) + String.fromCharCode(last + 1) }
}
