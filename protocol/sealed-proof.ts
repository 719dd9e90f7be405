/**
 * How members of a private relay know each other, and nobody else learns of it.
 *
 * Whoever knows a relay's public identifier can meet its members on the DHT. For
 * a private relay they answer there only to who shows, by the very id of the
 * channel, that it knows the relay's secret, and what they say of themselves is
 * sealed with it. No card and no list of members travels: members have both, and
 * who was admitted a moment ago cannot have either.
 */
import b4a from 'b4a'
import sodium from 'sodium-universal'

import type { ConnectionProof } from './card.ts'
import { HypertunaError } from './errors.ts'

const SECRET = 'hypertuna-channel/1'
const CHANNEL = 'hypertuna-channel-id/1'
const PROOF = 'hypertuna-proof/1'
const NONCE_BYTES = 24
const TAG_BYTES = 16
const PLAIN_BYTES = 32 + 32 + 64

/** What opens a private relay's channels, from its encryption key. */
export function channelSecret(encryptionKey: Uint8Array): Uint8Array {
  return derive(encryptionKey, SECRET)
}

/** The channel's id on one connection; on another it says nothing. */
export function privateChannelId(
  secret: Uint8Array,
  topic: Uint8Array,
  handshakeHash: Uint8Array
): Uint8Array {
  return derive(secret, CHANNEL, topic, handshakeHash)
}

/**
 * @param noiseKey the sender's own: what it sealed cannot be sent back to it as the other's
 */
export function sealProof(
  proof: ConnectionProof,
  secret: Uint8Array,
  { handshakeHash, noiseKey }: { handshakeHash: Uint8Array; noiseKey: Uint8Array }
): Uint8Array {
  const plain = b4a.concat([
    b4a.from(proof.pubkey, 'hex'),
    b4a.from(proof.driveKey, 'hex'),
    proof.signature
  ])
  const sealed = b4a.alloc(NONCE_BYTES + PLAIN_BYTES + TAG_BYTES)
  const nonce = sealed.subarray(0, NONCE_BYTES)
  sodium.randombytes_buf(nonce)
  const key = derive(secret, PROOF, handshakeHash, noiseKey)
  const box = sealed.subarray(NONCE_BYTES)
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(box, plain, null, null, nonce, key)
  return sealed
}

/** @throws {HypertunaError} UNPROVEN for what was not sealed with this secret on this connection */
export function openProof(
  sealed: Uint8Array,
  secret: Uint8Array,
  { handshakeHash, noiseKey }: { handshakeHash: Uint8Array; noiseKey: Uint8Array }
): ConnectionProof {
  if (sealed.byteLength !== NONCE_BYTES + PLAIN_BYTES + TAG_BYTES) throw unproven()
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const key = derive(secret, PROOF, handshakeHash, noiseKey)
  const plain = b4a.alloc(PLAIN_BYTES)
  try {
    const box = sealed.subarray(NONCE_BYTES)
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, box, null, nonce, key)
  } catch (err) {
    throw unproven(err)
  }
  return {
    pubkey: b4a.toString(plain.subarray(0, 32), 'hex'),
    driveKey: b4a.toString(plain.subarray(32, 64), 'hex'),
    signature: plain.subarray(64)
  }
}

function derive(key: Uint8Array, ...parts: (string | Uint8Array)[]): Uint8Array {
  const out = b4a.alloc(32)
  const bytes = parts.map((part) => (typeof part === 'string' ? b4a.from(part) : part))
  sodium.crypto_generichash_batch(out, bytes, key)
  return out
}

function unproven(cause?: unknown): HypertunaError {
  return new HypertunaError('UNPROVEN', 'The peer does not know this private group', { cause })
}
