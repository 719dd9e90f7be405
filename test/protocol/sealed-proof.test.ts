import test from 'brittle'

import { HypertunaError } from '../../protocol/errors.ts'
import {
  channelSecret,
  openProof,
  privateChannelId,
  sealProof
} from '../../protocol/sealed-proof.ts'

const secret = channelSecret(Buffer.alloc(32, 1))
const end = { handshakeHash: Buffer.alloc(64, 2), noiseKey: Buffer.alloc(32, 3) }
const proof = {
  pubkey: 'a'.repeat(64),
  driveKey: 'b'.repeat(64),
  signature: Buffer.alloc(64, 4)
}

test('members read each other, and nothing of it shows', (t) => {
  const sealed = sealProof(proof, secret, end)
  const opened = openProof(sealed, secret, end)
  t.is(opened.pubkey, proof.pubkey)
  t.is(opened.driveKey, proof.driveKey)
  t.alike(Buffer.from(opened.signature), proof.signature)
  const text = Buffer.from(sealed).toString('hex')
  for (const word of [proof.pubkey, proof.driveKey]) t.absent(text.includes(word))
  const again = Buffer.from(sealProof(proof, secret, end))
  t.absent(again.equals(Buffer.from(sealed)), 'twice the same looks different')
})

test('it holds for this relay, this connection and this end alone', (t) => {
  const sealed = sealProof(proof, secret, end)
  const bent = Buffer.from(sealed)
  bent[60]! ^= 1
  const wrong: [string, () => unknown][] = [
    ['another secret', () => openProof(sealed, channelSecret(Buffer.alloc(32, 9)), end)],
    ['elsewhere', () => openProof(sealed, secret, { ...end, handshakeHash: Buffer.alloc(64) })],
    ['sent back', () => openProof(sealed, secret, { ...end, noiseKey: Buffer.alloc(32) })],
    ['bent', () => openProof(bent, secret, end)],
    ['short', () => openProof(sealed.subarray(1), secret, end)],
    ['empty', () => openProof(Buffer.alloc(0), secret, end)]
  ]
  for (const [name, run] of wrong) {
    try {
      run()
      t.fail(name)
    } catch (err) {
      t.is(HypertunaError.from(err).code, 'UNPROVEN', name)
    }
  }
})

test('a channel’s id is another on each connection', (t) => {
  const topic = Buffer.alloc(32, 5)
  const id = (key: Uint8Array, hash: Buffer): string =>
    Buffer.from(privateChannelId(key, topic, hash)).toString('hex')
  const here = id(secret, end.handshakeHash)
  t.is(here, id(secret, end.handshakeHash), 'and the same on both ends')
  t.not(here, id(secret, Buffer.alloc(64)))
  t.not(here, id(channelSecret(Buffer.alloc(32, 9)), end.handshakeHash))
})
