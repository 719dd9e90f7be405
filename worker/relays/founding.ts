import b4a from 'b4a'

import { generateSecretKey, getPublicKey, sealTo, signEvent } from '../../protocol/nostr.ts'
import type { Identity } from '../identity.ts'
import { eventRecord } from './group-duties.ts'
import { groupStateTemplates, makeCard } from './group-events.ts'
import type { Relay } from './relay.ts'
import { RULES } from './rules.ts'
import type { Access } from './state.ts'
import { proveWriter } from './writer-proof.ts'

/** What a relay is founded as. */
export interface Founding {
  alias: string
  name: string
  about: string
  access: Access
}

/**
 * Writes a new relay's first records: card, the relay's sealed key, its described state.
 * @param at seconds since 1970
 */
export async function found(
  relay: Relay,
  { secretKey, pubkey }: Identity,
  facts: Founding,
  at: number
): Promise<void> {
  const relaySecret = generateSecretKey()
  const relayPubkey = getPublicKey(relaySecret)
  const { relayKey, discoveryKey, base } = relay
  const { keyPair } = base.local
  const proof = keyPair === null ? undefined : proveWriter(keyPair, { discoveryKey, pubkey })
  const wish = { ...facts, relayKey, relayPubkey, admins: [], rules: RULES, proof }
  const card = makeCard(wish, at, secretKey)
  const payload = sealTo(secretKey, pubkey, b4a.toString(relaySecret, 'hex'))
  const plain = { picture: '', banner: '', supportedKinds: null, pins: [] }
  const described = groupStateTemplates({ ...facts, ...plain }, [[pubkey, 'admin']], at)
  await relay.append([
    eventRecord(card),
    { type: 'seal', to: pubkey, from: pubkey, relayPubkey, payload },
    ...described.map((template) => eventRecord(signEvent(template, relaySecret)))
  ])
}
