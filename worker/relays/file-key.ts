import b4a from 'b4a'
import sodium from 'sodium-universal'

const CONTEXT = b4a.from('hypertuna-file-key/1')

/** What a private relay's files are sealed with: BLAKE2b-256 of a fixed text, keyed. */
export function fileKeyOf(encryptionKey: Uint8Array): Uint8Array {
  const key = b4a.alloc(32)
  sodium.crypto_generichash(key, CONTEXT, encryptionKey)
  return key
}
