/** Checks signatures for the worker, on a thread of its own: a batch in, a byte for each out. */
import Worker from 'bare-worker'

import { CLAIM_BYTES, verifyHash } from '../../protocol/schnorr.ts'

const { parentPort } = Worker
parentPort?.on('message', (message) => {
  const claims = message as Uint8Array
  const answers = new Uint8Array(claims.byteLength / CLAIM_BYTES)
  for (let i = 0; i < answers.length; i++) {
    const at = i * CLAIM_BYTES
    const hash = claims.subarray(at, at + 32)
    const pubkey = claims.subarray(at + 32, at + 64)
    const signature = claims.subarray(at + 64, at + CLAIM_BYTES)
    answers[i] = verifyHash(hash, signature, pubkey) ? 1 : 0
  }
  parentPort?.postMessage(answers)
})
parentPort?.postMessage('ready')
