/** Where Nostr clients find a group, and what they call it. */
import 'bare-encoding/global'
import { naddrEncode } from 'nostr-tools/nip19'

import { KIND } from '../../relays/kinds.ts'
import type { Relay } from '../../relays/relay.ts'

/** Bytes of a hint, whose length NIP-19 has in one. */
const MAX_HINT = 255

export interface Reference {
  /** `ws://127.0.0.1:<port>/<publicIdentifier>`; null while nothing is served. */
  socket: string | null
  /** NIP-29's reference to a group, the naddr of its kind 39000; null while it is arriving. */
  reference: string | null
}

/** @param links where this computer and the gateways serve files and relays, as HTTP addresses */
export function referenceTo(
  { publicIdentifier, facts }: Pick<Relay, 'publicIdentifier' | 'facts'>,
  { local, gateways }: { local: string | null; gateways: readonly string[] }
): Reference {
  if (publicIdentifier === null || facts === null) return { socket: null, reference: null }
  const at = (base: string): string =>
    `${base.replace(/^http/, 'ws').replace(/\/$/, '')}/${publicIdentifier}`
  const socket = local === null ? null : at(local)
  // Whoever is told of it elsewhere finds it by a gateway
  const relays = [...gateways.map(at), ...(socket === null ? [] : [socket])]
  const reference = naddrEncode({
    identifier: facts.alias,
    pubkey: facts.relayPubkey,
    kind: KIND.metadata,
    relays: relays.filter((address) => Buffer.byteLength(address) <= MAX_HINT)
  })
  return { socket, reference }
}
