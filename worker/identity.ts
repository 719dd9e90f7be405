import { chmod, readFile, stat } from 'bare-fs/promises'
import { platform } from 'bare-os'
import { join } from 'bare-path'
import { HypertunaError } from '../protocol/errors.ts'
import { generateSecretKey, getPublicKey } from '../protocol/nostr.ts'
import { createFile, replaceFile } from './atomic-file.ts'
import { diskError, isSystemCode, unreadable } from './disk-error.ts'

/** This device's Nostr key pair: the secret as 32 bytes, the public key as 64 hex. */
export interface Identity {
  secretKey: Uint8Array
  pubkey: string
}

/** What the file holds: the key, or the key under a passphrase (NIP-49). */
type Stored = Identity | { ncryptsec: string }

const FILE = 'identity.json'
const MOST_SEALED = 512
const HEX_KEY = /^[0-9a-f]{64}$/

/**
 * The identity kept in `<dir>/identity.json` (mode 0600), made on first use.
 *
 * A file that is there but is not right is never touched: it may hold the only
 * copy of somebody's key.
 *
 * @param known the pubkey that this storage has had: no other is made or taken
 * @param unlocked the key of a file that is locked with a passphrase
 * @throws BAD_IDENTITY for a file that is missing or another's although a key is known, for a file that cannot be understood or read, UNAUTHORIZED for one
 * locked with a passphrase, STORAGE_* when a new one cannot be written
 */
export async function loadOrCreateIdentity(
  dir: string,
  known: string | null = null,
  unlocked: Identity | null = null
): Promise<Identity> {
  const stored = await openIdentity(dir, unlocked)
  if (known !== null && stored?.pubkey !== known) throw notYours(dir, stored)
  if (stored !== null) return stored
  try {
    return await writeIdentity(dir, generateSecretKey())
  } catch (err) {
    // Another process was first: its key is the one that counts.
    const theirs = isSystemCode(err, 'EEXIST') ? await openIdentity(dir, unlocked) : null
    if (theirs === null) throw unwritable(dir, err)
    return theirs
  }
}

/**
 * Keeps `secretKey` (32 bytes or 64 hex) as the identity of a storage that has none yet.
 *
 * @throws BAD_IDENTITY when the key is none or when there is an identity already
 */
export async function importIdentity(
  dir: string,
  secretKey: Uint8Array | string
): Promise<Identity> {
  const secret = typeof secretKey === 'string' ? decodeSecret(secretKey) : secretKey
  if (secret === null || secret.byteLength !== 32) {
    throw new HypertunaError('BAD_IDENTITY', 'A secret key is 32 bytes, written as 64 hex digits')
  }
  publicKeyOf(secret, 'The secret key')
  try {
    return await writeIdentity(dir, secret)
  } catch (err) {
    if (!isSystemCode(err, 'EEXIST')) throw unwritable(dir, err)
    const message = `There is an identity already in ${join(dir, FILE)}: move it away first`
    throw new HypertunaError('BAD_IDENTITY', message, { cause: err })
  }
}

/** What the key is locked with: the file's ncryptsec, or null when it is open or not there. */
export async function readSealed(dir: string): Promise<string | null> {
  const stored = await readIdentity(dir)
  return stored !== null && 'ncryptsec' in stored ? stored.ncryptsec : null
}

/**
 * Writes the key anew, locked or open, in place of what the file has.
 * @param ncryptsec the same key under a passphrase; null for the key as it is
 */
export async function rewriteIdentity(
  dir: string,
  identity: Identity,
  ncryptsec: string | null
): Promise<void> {
  const stored = ncryptsec === null ? openForm(identity.secretKey) : { version: 1, ncryptsec }
  try {
    await replaceFile(join(dir, FILE), JSON.stringify(stored, null, 2) + '\n')
  } catch (err) {
    throw unwritable(dir, err)
  }
}

async function openIdentity(dir: string, unlocked: Identity | null): Promise<Identity | null> {
  const stored = await readIdentity(dir)
  if (stored === null || !('ncryptsec' in stored)) return stored
  if (unlocked !== null) return unlocked
  throw new HypertunaError(
    'UNAUTHORIZED',
    `The key in ${join(dir, FILE)} is locked: give its passphrase`
  )
}

async function readIdentity(dir: string): Promise<Stored | null> {
  const path = join(dir, FILE)
  let text: string
  try {
    text = (await readFile(path, { encoding: 'utf8' })) as string
  } catch (err) {
    if (isSystemCode(err, 'ENOENT')) return null
    throw unreadable(err, path, 'BAD_IDENTITY')
  }
  const identity = parseIdentity(path, text)
  await tighten(path)
  return identity
}

function parseIdentity(path: string, text: string): Stored {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's message quotes the text, which may be a key: it is not kept.
    throw new HypertunaError('BAD_IDENTITY', `${path} is not JSON: put your copy of it back`)
  }
  const fields = typeof value === 'object' && value !== null ? value : {}
  const { version, secretKey, ncryptsec } = fields as Record<string, unknown>
  if (version !== 1) throw wrong(path, 'version', 'must be 1')
  if (ncryptsec !== undefined) {
    const isSealed = typeof ncryptsec === 'string' && ncryptsec.length <= MOST_SEALED
    if (isSealed && ncryptsec.startsWith('ncryptsec1')) return { ncryptsec }
    throw wrong(path, 'ncryptsec', 'must be a key under a passphrase, as NIP-49 writes it')
  }
  const secret = typeof secretKey === 'string' ? decodeSecret(secretKey) : null
  if (secret === null) throw wrong(path, 'secretKey', 'must be 64 lowercase hex digits')
  return { secretKey: secret, pubkey: publicKeyOf(secret, `secretKey in ${path}`) }
}

async function writeIdentity(dir: string, secretKey: Uint8Array): Promise<Identity> {
  const pubkey = getPublicKey(secretKey)
  await createFile(join(dir, FILE), JSON.stringify(openForm(secretKey), null, 2) + '\n')
  return { secretKey, pubkey }
}

function openForm(secretKey: Uint8Array): { version: 1; secretKey: string } {
  return { version: 1, secretKey: Buffer.from(secretKey).toString('hex') }
}

/** A key that others on this computer could read is closed to them. */
async function tighten(path: string): Promise<void> {
  if (platform() === 'win32') return
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return
  try {
    await chmod(path, 0o600)
  } catch (err) {
    const message = `${path} is readable by others and its mode cannot be changed to 0600`
    throw new HypertunaError('BAD_IDENTITY', message, { cause: err })
  }
}

/** @throws BAD_IDENTITY */
export function publicKeyOf(secretKey: Uint8Array, what: string): string {
  try {
    return getPublicKey(secretKey)
  } catch (err) {
    throw new HypertunaError('BAD_IDENTITY', `${what} is not a valid key`, { cause: err })
  }
}

function decodeSecret(text: string): Uint8Array | null {
  return HEX_KEY.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : null
}

function wrong(path: string, field: string, must: string): HypertunaError {
  return new HypertunaError('BAD_IDENTITY', `${field} in ${path} ${must}`, { details: { field } })
}

/** Another key would make this storage somebody else's, without a word. */
function notYours(dir: string, stored: Identity | null): HypertunaError {
  const what = stored === null ? 'is missing' : 'holds another key than the one of this storage'
  return new HypertunaError(
    'BAD_IDENTITY',
    `${join(dir, FILE)} ${what}: put your copy of it back. ` +
      'To begin as somebody new, choose an empty folder with --storage'
  )
}

function unwritable(dir: string, err: unknown): HypertunaError {
  return diskError(err, `The identity cannot be written to ${dir}`)
}
