/** The temporary files that whole files are kept in while they are checked. */
import { randomBytes } from 'bare-crypto'
import fs from 'bare-fs'
import { join } from 'bare-path'
import sodium from 'sodium-universal'
import { HypertunaError } from '../protocol/errors.ts'
import type { Keeper } from './spool.ts'

/** One without a name, so that nothing is left behind by a kill. @throws STORAGE_* */
export async function createUnnamed(directory: string): Promise<number> {
  const path = join(directory, `hypertuna-gateway-${randomBytes(8).toString('hex')}.part`)
  const file = await create(path)
  await fs.unlink(path)
  return file
}

/** @throws {HypertunaError} STORAGE_* */
export async function create(path: string): Promise<number> {
  try {
    return await fs.open(path, 'wx+', 0o600)
  } catch (err) {
    throw storageError(err, 'Cannot keep files while they are checked')
  }
}

/** Where the cache wants what may become its own. @throws {HypertunaError} STORAGE_* */
export async function named(keeper: Pick<Keeper, 'incoming'>): Promise<string> {
  try {
    return await keeper.incoming()
  } catch (err) {
    throw storageError(err, 'Cannot keep files while they are checked')
  }
}

/** @throws {HypertunaError} STORAGE_* */
export async function write(file: number, block: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < block.byteLength;) {
    try {
      done += await fs.write(file, block, done, block.byteLength - done, at + done)
    } catch (err) {
      throw storageError(err, 'Cannot keep the file while it is checked')
    }
  }
}

function storageError(err: unknown, message: string): HypertunaError {
  const code = (err as { code?: unknown } | null)?.code
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new HypertunaError(full ? 'STORAGE_FULL' : 'STORAGE_FAILED', message, { cause: err })
}

/** In place; done twice it is undone. */
export function encipher(piece: Buffer, index: number, key: Buffer): void {
  const nonce = Buffer.alloc(sodium.crypto_stream_NONCEBYTES)
  nonce.writeUInt32LE(index)
  sodium.crypto_stream_xor(piece, piece, nonce, key)
}
