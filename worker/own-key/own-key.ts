/**
 * This device's Nostr key as a person keeps it: locked with a passphrase or not, saved
 * elsewhere, taken from a backup. Neither key nor passphrase is ever said to a log.
 */
import AbortController from 'bare-abort-controller'
import { rename } from 'bare-fs/promises'
import { join } from 'bare-path'

import { decodeKey } from '../../protocol/bech32.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { diskError } from '../disk-error.ts'
import {
  importIdentity,
  loadOrCreateIdentity,
  publicKeyOf,
  readSealed,
  rewriteIdentity
} from '../identity.ts'
import type { Identity } from '../identity.ts'
import { openKey, sealKey } from './seal.ts'

/** Wrong passphrases after which each one is waited for longer. */
const FREE = 3
/** The first wait and the longest, in ms. */
const WAIT = { first: 2_000, longest: 60_000 }
const HEX_KEY = /^[0-9a-f]{64}$/i

export class OwnKey {
  /** Whether the key is locked and nobody gave its passphrase yet. */
  locked = false
  /** Whether a passphrase is asked for at each start. */
  sealed = false
  readonly #dir: string
  readonly #closing = new AbortController()
  #identity: Identity | null = null
  #busy = false
  #wrong = 0
  #until = 0

  constructor(dir: string) {
    this.#dir = dir
  }

  /**
   * The key, made when there is none.
   * @param known the pubkey that this storage has had
   * @throws UNAUTHORIZED while it is locked, and as loadOrCreateIdentity
   */
  async open(known: string | null): Promise<Identity> {
    const ncryptsec = await readSealed(this.#dir)
    this.sealed = ncryptsec !== null
    this.locked = this.sealed && this.#identity === null
    const identity = await loadOrCreateIdentity(this.#dir, known, this.#identity)
    this.#identity = identity
    return identity
  }

  /**
   * Opens a locked key for as long as this process runs.
   * @throws UNAUTHORIZED for another passphrase, BUSY after too many of them
   */
  async unlock(passphrase: string): Promise<void> {
    await this.#alone(async () => {
      const ncryptsec = await readSealed(this.#dir)
      if (ncryptsec === null) throw new HypertunaError('BAD_REQUEST', 'The key is not locked')
      this.#identity = await this.#identityIn(ncryptsec, passphrase)
      this.locked = false
    })
  }

  /** The key under a passphrase of its own, for keeping elsewhere. @throws BAD_REQUEST */
  export(passphrase: string): Promise<string> {
    return this.#alone(() => sealKey(this.#open().secretKey, passphrase, this.#signal))
  }

  /**
   * Locks the file with another passphrase, or with none.
   * @throws UNAUTHORIZED when `current` is wrong, BAD_REQUEST
   */
  async setPassphrase(current: string | null, next: string | null): Promise<void> {
    await this.#alone(async () => {
      const identity = this.#open()
      const ncryptsec = await readSealed(this.#dir)
      if (ncryptsec !== null) await this.#identityIn(ncryptsec, current ?? '')
      const sealed = next === null ? null : await sealKey(identity.secretKey, next, this.#signal)
      await rewriteIdentity(this.#dir, identity, sealed)
      this.sealed = sealed !== null
    })
  }

  /**
   * Takes another key in place of the present one, which is kept beside it under its name.
   *
   * @param text ncryptsec, nsec or 64 hex
   * @param before runs once it is sure that another key comes
   * @returns null when it is the present one
   * @throws BAD_IDENTITY, UNAUTHORIZED, BUSY, UNSUPPORTED, STORAGE_*
   */
  restore(text: string, passphrase: string, before: () => Promise<void>): Promise<Identity | null> {
    return this.#alone(async () => {
      const key = text.trim()
      const isSealed = key.toLowerCase().startsWith('ncryptsec')
      const identity = isSealed
        ? await this.#identityIn(key.toLowerCase(), passphrase)
        : identityOf(decodeSecret(key))
      const present = this.#open()
      if (identity.pubkey === present.pubkey) return null
      await before()
      await this.#putAside(present)
      try {
        await importIdentity(this.#dir, identity.secretKey)
        this.sealed = false
      } catch (err) {
        await rewriteIdentity(this.#dir, present, null)
        throw err
      }
      this.#identity = identity
      return identity
    })
  }

  close(): void {
    this.#closing.abort(undefined)
  }

  get #signal(): AbortSignal {
    return this.#closing.signal as unknown as AbortSignal
  }

  #open(): Identity {
    if (this.#identity !== null) return this.#identity
    throw new HypertunaError('UNAUTHORIZED', 'The key is locked: give its passphrase')
  }

  async #putAside({ pubkey }: Identity): Promise<void> {
    const path = join(this.#dir, 'identity.json')
    try {
      await rename(path, join(this.#dir, `identity-${pubkey.slice(0, 16)}.json`))
    } catch (err) {
      throw diskError(err, `${path} cannot be moved`)
    }
  }

  async #identityIn(ncryptsec: string, passphrase: string): Promise<Identity> {
    const wait = this.#until - Date.now()
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000)
      const message = `Too many wrong passphrases: try again in ${seconds} seconds`
      throw new HypertunaError('BUSY', message, { details: { wait: seconds } })
    }
    const secretKey = await openKey(ncryptsec, passphrase, this.#signal)
    if (secretKey !== null) {
      this.#wrong = 0
      return identityOf(secretKey)
    }
    this.#wrong++
    const over = this.#wrong - FREE
    if (over >= 0) this.#until = Date.now() + Math.min(WAIT.first * 2 ** over, WAIT.longest)
    throw new HypertunaError('UNAUTHORIZED', 'This is not the passphrase')
  }

  /** Each takes much memory, so that there is one at a time. */
  async #alone<Value>(job: () => Promise<Value>): Promise<Value> {
    if (this.#busy) throw new HypertunaError('BUSY', 'The key is being worked on: wait a moment')
    this.#busy = true
    try {
      return await job()
    } finally {
      this.#busy = false
    }
  }
}

function decodeSecret(text: string): Uint8Array {
  if (HEX_KEY.test(text)) return new Uint8Array(Buffer.from(text.toLowerCase(), 'hex'))
  try {
    return new Uint8Array(Buffer.from(decodeKey('nsec', text.toLowerCase()), 'hex'))
  } catch {
    // Its message is about shape alone, but a key must not come near a message.
    throw new HypertunaError(
      'BAD_IDENTITY',
      'This is no saved key: it begins with ncryptsec1 or nsec1'
    )
  }
}

function identityOf(secretKey: Uint8Array): Identity {
  return { secretKey, pubkey: publicKeyOf(secretKey, 'What was saved') }
}
