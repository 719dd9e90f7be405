import { createHash, type Hash } from 'bare-crypto'

/** A sha256 that is fed in parts. */
export interface Sha256 {
  update(bytes: Uint8Array): void
  /** 32 bytes; once only */
  digest(): Buffer
}

export function createSha256(): Sha256 {
  return createHash('sha-256') as Hash & Sha256
}

/** sha256 of `bytes`, 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  const hash = createSha256()
  hash.update(bytes)
  return hash.digest()
}
