/**
 * That who asks to write with a core has that core's key.
 *
 * Without it an admin could name any core as a writer: one of another group, which
 * would then be kept with this one's on every member's disk, or one that somebody is
 * just about to join with. The relay and the pubkey are in what is signed, so a proof
 * that was seen somewhere serves nowhere else.
 *
 * It travels in the join request itself, as the rest of its `writer` tag: whoever
 * replays the log checks it again, with nothing but the record.
 */
import b4a from 'b4a'
import Hypercore from 'hypercore'
import crypto from 'hypercore-crypto'
import type { KeyPair } from 'hypercore-crypto'

import { isHex32 } from '../../protocol/ids.ts'

/** The core's public key and its signature, hex. */
export interface WriterProof {
  publicKey: string
  signature: string
}

/** What a proof is made for. */
export interface ProofTarget {
  /** The relay's discovery key, hex. */
  discoveryKey: string
  /** Who asks. */
  pubkey: string
}

const DOMAIN = b4a.from('hypertuna-writer/1')

/** The key of the core that a key pair writes, hex: a core with one signer and nothing else. */
export function writerKeyOf(publicKey: Uint8Array): string {
  return b4a.toString(Hypercore.key(manifestOf(publicKey)), 'hex')
}

/** What that core's key is the hash of. */
export const manifestOf = (publicKey: Uint8Array): Hypercore.Manifest => ({
  version: 1,
  signers: [{ publicKey }]
})

export function proveWriter(keyPair: KeyPair, target: ProofTarget): WriterProof {
  const signature = crypto.sign(messageOf(target), keyPair.secretKey)
  return {
    publicKey: b4a.toString(keyPair.publicKey, 'hex'),
    signature: b4a.toString(signature, 'hex')
  }
}

/** Whether a proof, whatever it is, shows that the writer belongs to who asks. Pure. */
export function isWriterProven(writer: string, proof: unknown, target: ProofTarget): boolean {
  if (typeof proof !== 'object' || proof === null) return false
  const { publicKey, signature } = proof as Partial<Record<string, unknown>>
  if (!isHex32(publicKey) || !isHex32(target.pubkey)) return false
  if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/.test(signature)) return false
  const key = b4a.from(publicKey, 'hex')
  if (writerKeyOf(key) !== writer) return false
  return crypto.verify(messageOf(target), b4a.from(signature, 'hex'), key)
}

/** The tag of a join request that names its writer and proves it. */
export const writerTag = (writer: string, { publicKey, signature }: WriterProof): string[] => [
  'writer',
  writer,
  publicKey,
  signature
]

/** What a join request says of its writer; null where it names none, or proves nothing. */
export function writerIn(request: {
  tags: string[][]
}): { writer: string; proof: WriterProof } | null {
  const [, writer, publicKey, signature] = request.tags.find(([name]) => name === 'writer') ?? []
  if (!isHex32(writer) || publicKey === undefined || signature === undefined) return null
  return { writer, proof: { publicKey, signature } }
}

function messageOf({ discoveryKey, pubkey }: ProofTarget): Uint8Array {
  return b4a.concat([DOMAIN, b4a.from(discoveryKey, 'hex'), b4a.from(pubkey, 'hex')])
}
