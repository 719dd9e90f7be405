import b4a from 'b4a'
import { randomBytes } from 'bare-crypto'
import { open } from 'bare-fs'
import fs from 'bare-fs/promises'
import { join } from 'bare-path'
import FDLock from 'fd-lock'
import crypto, { type KeyPair } from 'hypercore-crypto'
import sodium from 'sodium-universal'
import { HypertunaError } from '../protocol/errors.ts'
import { isHex32 } from '../protocol/ids.ts'
import { unreadable } from './unreadable.ts'

const FILE = 'gateway-key.json'

/**
 * The key pair under which members meet this gateway, kept in `directory` (mode 0600)
 * and made on first use. A file that is there but is not right is left as it is: an
 * admin may have listed its key.
 *
 * @throws {HypertunaError} BAD_CONFIG for a file that cannot be read or understood,
 *   STORAGE_FAILED when a new one cannot be written
 */
export async function loadOrCreateKey(directory: string): Promise<KeyPair> {
  const path = join(directory, FILE)
  const seed = (await readSeed(path)) ?? (await createSeed(path))
  return crypto.keyPair(b4a.from(seed, 'hex'))
}

/**
 * Keeps the key to this process: two gateways with one key at once would push each
 * other out at every member. Close what it gives.
 *
 * @throws {HypertunaError} STORAGE_LOCKED
 */
export async function lockKey(directory: string): Promise<FDLock> {
  const lock = new FDLock(await open(join(directory, FILE), 'r+'))
  try {
    await lock.ready()
    return lock
  } catch (err) {
    const message = `${directory} is used by another gateway: choose another --storage`
    throw new HypertunaError('STORAGE_LOCKED', message, { cause: err })
  }
}

/** What a gateway seals with what it keeps for its next run, made of its key's secret half. */
export function cacheKey(secretKey: Uint8Array): Uint8Array {
  const key = b4a.alloc(32)
  sodium.crypto_generichash(key, b4a.from('hypertuna-gateway-cache/1'), secretKey.subarray(0, 32))
  return key
}

async function readSeed(path: string): Promise<string | null> {
  let text: string
  try {
    text = (await fs.readFile(path, { encoding: 'utf8' })) as string
    await fs.chmod(path, 0o600) // it may have been copied by hand
  } catch (err) {
    if ((err as { code?: unknown }).code === 'ENOENT') return null
    throw unreadable(path, err)
  }
  const { version, seed } = fieldsOf(text)
  if (version === 1 && isHex32(seed)) return seed
  const message = `${path} is not a gateway's key: restore it, or move it away for a new one`
  throw new HypertunaError('BAD_CONFIG', message)
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {} // the parser's message quotes the text, which may be a key
  }
}

/** Whole or not at all; of two gateways that begin at once the first one's counts. */
async function createSeed(path: string): Promise<string> {
  const seed = b4a.toString(randomBytes(32), 'hex')
  const temporary = `${path}.${b4a.toString(randomBytes(4), 'hex')}.new`
  try {
    const file = await fs.open(temporary, 'wx', 0o600)
    try {
      await file.write(Buffer.from(`${JSON.stringify({ version: 1, seed })}\n`))
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.link(temporary, path)
    return seed
  } catch (err) {
    const theirs = (err as { code?: unknown }).code === 'EEXIST' ? await readSeed(path) : null
    if (theirs !== null) return theirs
    throw new HypertunaError('STORAGE_FAILED', `Cannot keep a key in ${path}`, { cause: err })
  } finally {
    await fs.unlink(temporary).catch(() => {}) // it was never made, and that is said already
  }
}
