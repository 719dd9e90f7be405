/**
 * NIP-67 lets a relay add to EOSE whether that was all, takes it that who does not know the
 * third element ignores it, and has no way for a client to say that it does not. Two libraries
 * take such an EOSE for none, and wait for another until they give up. Both have one way to
 * name their subscriptions, by which they are told no hint, as the NIP allows. Who else names
 * them so hears no more than from a relay without NIP-67.
 */
const TAKES_NONE: readonly RegExp[] = [
  // nostrify (0.54): crypto.randomUUID()
  /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  // nostr-fetch (0.17): the time in ms, and up to two digits to the base of 32
  /^1[0-9]{12}[0-9a-v]{1,2}$/
]

/** @param id of the subscription */
export const takesHint = (id: string): boolean => !TAKES_NONE.some((pattern) => pattern.test(id))
