import 'bare-crypto/global'
import 'bare-encoding/global'
import { decrypt, encrypt } from 'nostr-tools/nip49'

import type { Answer, Job } from './seal.ts'

/** scrypt's cost, as a power of two: 128 MB and most of a second. */
const COST = 17
/** NIP-49: nobody knows how this key was kept before. */
const UNTOLD = 2

/** Locks or opens a key: for most of a second, nothing else happens on this thread. */
export function answer({ secretKey, ncryptsec, passphrase }: Job): Answer {
  try {
    if (secretKey !== null) return { ncryptsec: encrypt(secretKey, passphrase, COST, UNTOLD) }
    return { secretKey: decrypt(ncryptsec, passphrase) }
  } catch {
    return { wrong: true } // why is not said: it might quote the key
  }
}
