/**
 * Locks and opens keys on a thread of its own: it takes seconds and much memory by
 * intent, so that passphrases cannot be tried by the million.
 */
import 'bare-crypto/global'
import 'bare-encoding/global'
import Worker from 'bare-worker'
import { decrypt, encrypt } from 'nostr-tools/nip49'

import type { Answer, Job } from './seal.ts'

/** scrypt's cost, as a power of two: 128 MB and most of a second. */
const COST = 17
/** NIP-49: nobody knows how this key was kept before. */
const UNTOLD = 2

const { parentPort } = Worker
parentPort?.on('message', (message) => {
  parentPort.postMessage(answer(message as Job))
})

function answer({ secretKey, ncryptsec, passphrase }: Job): Answer {
  try {
    if (secretKey !== null) return { ncryptsec: encrypt(secretKey, passphrase, COST, UNTOLD) }
    return { secretKey: decrypt(ncryptsec, passphrase) }
  } catch {
    return { wrong: true } // why is not said: it might quote the key
  }
}
