import sodium from 'sodium-universal'

const PREFIX = 'hypertuna-relay/1'

/**
 * Where a relay's members and gateways meet on the DHT, and the id of its file
 * channel: `blake2b-256("hypertuna-relay/1" ‖ publicIdentifier)`.
 *
 * It lives apart from `ids.ts` because sodium does not go into a browser's bundle.
 */
export function relayTopic(publicIdentifier: string): Uint8Array {
  const topic = Buffer.alloc(32)
  sodium.crypto_generichash(topic, Buffer.from(PREFIX + publicIdentifier))
  return topic
}
