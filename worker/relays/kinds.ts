/** Kinds of events that a relay knows by name, and what NIP-01 says of the others. */
export const KIND = {
  profile: 0,
  deletion: 5,
  reaction: 7,
  chat: 9,
  vanish: 62,
  file: 1063,
  putUser: 9000,
  removeUser: 9001,
  editMetadata: 9002,
  deleteEvent: 9005,
  createGroup: 9007,
  deleteGroup: 9008,
  createInvite: 9009,
  updatePins: 9010,
  joinRequest: 9021,
  leaveRequest: 9022,
  metadata: 39000,
  admins: 39001,
  members: 39002,
  roles: 39003,
  pins: 39005
} as const

/** Kinds whose meaning is the group's own state; any that is not known here is refused. */
export const isModeration = (kind: number): boolean => kind >= 9000 && kind <= 9030
export const isGroupState = (kind: number): boolean => kind >= 39000 && kind <= 39009
/** All that the relay's key may say of the group, also what no client knows yet. */
export const GROUP_STATE_KINDS: readonly number[] = Array.from({ length: 10 }, (_, n) => 39000 + n)

const ACTS: ReadonlySet<number> = new Set([
  KIND.putUser,
  KIND.removeUser,
  KIND.editMetadata,
  KIND.createGroup,
  KIND.deleteGroup,
  KIND.createInvite,
  KIND.updatePins,
  KIND.joinRequest,
  KIND.leaveRequest
])

/** Whether an event of this kind changes who may do what. */
export const isAct = (kind: number): boolean => ACTS.has(kind)

/** Whether an event of this kind takes other events away. */
export const isDeleting = (kind: number): boolean =>
  kind === KIND.deletion || kind === KIND.deleteEvent || kind === KIND.vanish

/** The group's own record is nobody's to delete, and a deletion is not either. */
export const isDeletable = (kind: number): boolean =>
  !isAct(kind) && !isGroupState(kind) && !isDeleting(kind)

/** NIP-62: who vanishes takes its own deletions along; what they took away stays away. */
export const isVanishable = (kind: number): boolean => isDeletable(kind) || kind === KIND.deletion

/** Whether an event of this kind can take a right away. */
export const isTaking = (kind: number): boolean => kind === KIND.putUser || kind === KIND.removeUser

/** What a moderator does, and an admin too. */
export const isModerators = (kind: number): boolean =>
  kind === KIND.deleteEvent || kind === KIND.updatePins

export const isEphemeral = (kind: number): boolean => kind >= 20000 && kind < 30000
/** NIP-42: a proof for one connection, which nobody passes on. */
export const AUTH_KIND = 22242

/** NIP-01: of these only the newest for its author (and `d` tag) counts. */
export const isReplaceable = (kind: number): boolean =>
  kind === 0 || kind === 3 || (kind >= 10000 && kind < 20000)
export const isAddressable = (kind: number): boolean => kind >= 30000 && kind < 40000
