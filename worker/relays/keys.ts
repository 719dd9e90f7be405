/**
 * Every key of a relay's replicated state, in one place.
 *
 * The state is a Hyperbee with UTF-8 keys and JSON values. Members agree on it
 * byte for byte, so a key that changes its form is a new version of the relay.
 */

export interface Range {
  gte: string
  lt: string
}

// --- The group: who may do what. All of it follows from the acts alone. ---

/** Facts about the relay itself; one entry. */
export const RELAY_KEY = 'relay'

/** The cards that count: the creator's newest, and who speaks in its absence. */
export const CARDS_KEY = 'cards'

/** When what 39000–39005 tell last changed, as a position in the log; one entry. */
export const MEMBERSHIP_KEY = 'membership'

/** How many ranks were given: the seniority of the next admin. */
export const RANKS_KEY = 'ranks'

/** The first rank that somebody had as an admin, which stays. */
export const seniorityKey = (pubkey: string): string => `seniority:${pubkey}`
const seniorityRange: Range = prefixRange('seniority:')

export const memberKey = (pubkey: string): string => `member:${pubkey}`
export const memberRange: Range = prefixRange('member:')

/** Who was a member once, and why it is none any more. */
export const formerKey = (pubkey: string): string => `former:${pubkey}`
export const formerRange: Range = prefixRange('former:')

/** Who asked to be let in and waits for an admin's answer. */
export const pendingKey = (pubkey: string): string => `pending:${pubkey}`
export const pendingRange: Range = prefixRange('pending:')

/** How many wait by a pubkey's writers: with an invite (`named`), or without one. */
export const waitingKey = (pubkey: string, way: 'named' | 'bare'): string =>
  `waiting:${pubkey}:${way}`
const waitingRange: Range = prefixRange('waiting:')
/** The same of all plain members. */
export const ALL_WAITING_KEY = 'waiting'

/** What somebody's leaving said of its time, in seconds. */
export const leftAtKey = (pubkey: string): string => `left-at:${pubkey}`
const leftAtRange: Range = prefixRange('left-at:')

/** Whose coming or going no moderation event has told yet. */
export const untoldKey = (pubkey: string): string => `untold:${pubkey}`
export const untoldRange: Range = prefixRange('untold:')

/** A writer's core: whose it is, and up to where it counts. */
export const writerKey = (writer: string): string => `writer:${writer}`
export const writerRange: Range = prefixRange('writer:')

/** The same the other way round: the writers of a pubkey. */
export const deviceKey = (pubkey: string, writer: string): string => `device:${pubkey}:${writer}`
export const devicesRange = (pubkey: string): Range => prefixRange(`device:${pubkey}:`)
const deviceRange: Range = prefixRange('device:')

export const inviteKey = (id: string): string => `invite:${id}`
export const inviteRange: Range = prefixRange('invite:')

/** How many joins a pubkey's writers have carried, while it was a plain member. */
export const letInKey = (pubkey: string): string => `let-in:${pubkey}`
const letInRange: Range = prefixRange('let-in:')
/** The same of all plain members. */
export const ALL_LET_IN_KEY = 'let-in'

/** The relay's secret key, sealed to one admin. */
export const sealedKey = (pubkey: string): string => `sealed:${pubkey}`
const sealedRange: Range = prefixRange('sealed:')

/** Everything above: what is computed anew when acts are taken back. */
export const GROUP_KEYS = [
  RELAY_KEY,
  CARDS_KEY,
  MEMBERSHIP_KEY,
  RANKS_KEY,
  ALL_LET_IN_KEY,
  ALL_WAITING_KEY
]
export const GROUP_RANGES: Range[] = [
  memberRange,
  seniorityRange,
  formerRange,
  pendingRange,
  waitingRange,
  leftAtRange,
  untoldRange,
  writerRange,
  deviceRange,
  inviteRange,
  letInRange,
  sealedRange
]

/** The acts in the order in which they took effect. */
export const actKey = (n: number): string => `act:${hex12(n)}`
export const actRange: Range = prefixRange('act:')

// --- Indexers: not part of the group, because nobody can take a signature back. ---

/** Who signs the view; one entry. */
export const INDEXERS_KEY = 'indexers'

/** Writers that an admin declared lost. */
export const lossKey = (pubkey: string): string => `loss:${pubkey}`
export const lossRange: Range = prefixRange('loss:')

// --- Events ---

/** An event's place in the log; by the first rules also what keeps one out that has not come. */
export const eventKey = (id: string): string => `event:${id}`
/** What keeps an event out that has not come yet, apart from those that are here. */
export const awaitedKey = (id: string): string => `awaited:${id}`
export const awaitedRange: Range = prefixRange('awaited:')
/** Of all ids that begin so, in hex. */
export const eventRange = (prefix: string): { gte: string; lt: string } => ({
  gte: eventKey(prefix),
  lt: eventKey(prefix + 'g')
})

export const replaceableKey = (kind: number, pubkey: string, d: string): string =>
  `replaceable:${kind}:${pubkey}:${d}`

/** The version that a replaceable event at a position took the place of. */
export const replacedKey = (position: number): string => `replaced:${hex12(position)}`

/** A key that was the relay's: what it said up to a log position is not seen any more. */
export const retiredKey = (relayPubkey: string): string => `retired:${relayPubkey}`

/** Up to when the versions of an address are deleted (NIP-09's `a`), in seconds. */
export const deletedAddressKey = (kind: number, pubkey: string, d: string): string =>
  `deleted-address:${kind}:${pubkey}:${d}`

/** Up to when everything of a pubkey is deleted (NIP-62), in seconds. */
export const vanishedKey = (pubkey: string): string => `vanished:${pubkey}`

/** What a batch of a writer's nodes brought into the log, by the length of its first node. */
export const wroteKey = (writer: string, length: number): string => `w!${writer}!${hex12(length)}`
export const wroteRange = (writer: string): Range => prefixRange(`w!${writer}!`)

/** An author's event that somebody else's writer brought. */
export const carriedKey = (author: string, writer: string, length: number): string =>
  `a!${author}!${writer}!${hex12(length)}`
export const carriedRange = (author: string): Range => prefixRange(`a!${author}!`)

/** What a removal, at its position in the log, did to the event at another position. */
export const changeKey = (cause: number, position: number): string =>
  `x!${hex12(cause)}!${hex12(position)}`
export const changesRange = (cause: number): Range => prefixRange(`x!${hex12(cause)}!`)
export const positionOfChange = (key: string): number => parseInt(key.slice(-12), 16)

// --- Files ---

/** A live record of a file; in the order of the log, so that the first is the oldest. */
export const fileKey = (hash: string, position: number, eventId: string): string =>
  `file:${hash}:${hex12(position)}:${eventId}`
export const fileRange: Range = prefixRange('file:')
export const recordsRange = (hash: string): Range => prefixRange(`file:${hash}:`)

/** What admins said of a file that nobody is to bring, one after the other. */
export const blockedKey = (hash: string): string => `blocked:${hash}`
export const blockedRange: Range = prefixRange('blocked:')

/** The record of a file that is blocked, by the key that it has otherwise; and back. */
export const heldBackKeyOf = (key: string): string => `blocked-${key}`
export const fileKeyOf = (key: string): string => key.slice('blocked-'.length)
export const heldBackRange = (hash: string): Range => prefixRange(`blocked-file:${hash}:`)

/** That a file once had a record here: tells "deleted" from "never known". */
export const goneKey = (hash: string): string => `gone:${hash}`

export const filekeyKey = (hash: string, driveKey: string, pubkey: string): string =>
  `filekey:${hash}:drivekey:${driveKey}:pubkey:${pubkey}`
export const filekeyRange: Range = prefixRange('filekey:')
export const providersRange = (hash: string): Range => prefixRange(`filekey:${hash}:`)

/** The same the other way round: what a pubkey's drives hold. */
export const heldKey = (pubkey: string, driveKey: string, hash: string): string =>
  `held:${pubkey}:${driveKey}:${hash}`
export const heldRange = (pubkey: string): Range => prefixRange(`held:${pubkey}:`)

/** Splits a filekey entry's key; null when it is not one. */
export function parseFilekey(
  key: string
): { hash: string; driveKey: string; pubkey: string } | null {
  const match = /^filekey:([0-9a-f]{64}):drivekey:([0-9a-f]{64}):pubkey:([0-9a-f]{64})$/.exec(key)
  if (match === null) return null
  const [, hash = '', driveKey = '', pubkey = ''] = match
  return { hash, driveKey, pubkey }
}

function hex12(value: number): string {
  return value.toString(16).padStart(12, '0')
}

function prefixRange(prefix: string): Range {
  const last = prefix.charCodeAt(prefix.length - 1)
  return { gte: prefix, lt: prefix.slice(0, -1) + String.fromCharCode(last + 1) }
}
