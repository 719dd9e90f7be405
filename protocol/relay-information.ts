/** NIP-11: what a relay says of itself, on members' computers and at gateways alike. */
import { MAX_EVENT_BYTES } from './nostr.ts'

/** Those that docs/nostr.md has a test for. */
export const SUPPORTED_NIPS = [1, 9, 11, 29, 40, 42, 45, 50, 62, 67, 70, 77]

/** What a client may ask. */
export interface RelayLimitation {
  /** Bytes. */
  message: number
  subscriptions: number
  filters: number
  /** Characters of a subscription's id. */
  id: number
  /** Events answered to one filter. */
  events: number
  /** Seconds that an event may be ahead of the clock. */
  ahead: number
}

/** Bytes of a message: what the largest event is brought by, and no more. */
export const MAX_MESSAGE_BYTES = MAX_EVENT_BYTES + '["EVENT",]'.length

/** As members set them: see LIMITS in worker/serve/nostr. */
export const RELAY_LIMITATION: RelayLimitation = {
  message: MAX_MESSAGE_BYTES,
  subscriptions: 32,
  filters: 10,
  id: 64,
  events: 5000,
  ahead: 15 * 60
}

export interface RelayDescription {
  name: string
  about: string
  picture: string
  banner: string
}

/**
 * @param options.description null for a private group: who asks has proved nothing, so no
 *   more is said than that it is one
 */
export function relayInformation(options: {
  description: RelayDescription | null
  isPrivate: boolean
  relayPubkey: string
  limitation: RelayLimitation
  version: string
}): object {
  const { description, isPrivate, relayPubkey, limitation, version } = options
  return {
    ...(description === null ? {} : describe(description)),
    self: relayPubkey,
    pubkey: relayPubkey,
    version, // no `software`: NIP-11 wants the address of a homepage there
    supported_nips: SUPPORTED_NIPS,
    limitation: {
      max_message_length: limitation.message,
      max_subscriptions: limitation.subscriptions,
      max_filters: limitation.filters,
      max_subid_length: limitation.id,
      max_limit: limitation.events,
      default_limit: limitation.events,
      // No lower limit: members bring what they wrote while they were away.
      created_at_upper_limit: limitation.ahead,
      min_pow_difficulty: 0,
      auth_required: isPrivate,
      payment_required: false,
      restricted_writes: true
    }
  }
}

function describe({ name, about, picture, banner }: RelayDescription): object {
  const icon = picture === '' ? {} : { icon: picture }
  return { name, description: about, ...icon, ...(banner === '' ? {} : { banner }) }
}
