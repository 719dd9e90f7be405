import b4a from 'b4a'
import sodium from 'sodium-universal'

/**
 * Where a worker with this storage answers programs of the same user.
 *
 * @param storage the storage folder, absolute
 * @param platform as bare-os and Node name it
 */
export function socketPath(storage: string, platform: string): string {
  if (platform !== 'win32') return `${storage}/worker.sock`
  // Named pipes live in one flat place of their own.
  const name = b4a.alloc(16)
  sodium.crypto_generichash(name, b4a.from(storage.toLowerCase()))
  return `\\\\.\\pipe\\hypertuna-${b4a.toString(name, 'hex')}`
}
