/**
 * The invites that were made on this device, so that one can be shown again for as long as it
 * works: the group's log has what an invite is known by, and not its secret.
 *
 * Each lies sealed with our own key: who has the storage and not the passphrase of a locked key
 * comes into no group by it. Emits `change` when there is one more.
 */
import b4a from 'b4a'
import EventEmitter from 'bare-events'
import { readFile } from 'bare-fs/promises'
import sodium from 'sodium-universal'

import { replaceFile } from './atomic-file.ts'
import { isSystemCode } from './disk-error.ts'
import type { Identity } from './identity.ts'
import type { Log } from './log.ts'
import { now } from './relays/group.ts'
import { linkId } from './relays/invite-ids.ts'

/** The oldest are not shown again. */
const MOST = 256
/** Of XChaCha20-Poly1305, in bytes */
const NONCE = 24
const TAG = 16

interface Kept {
  relayKey: string
  /** Unix seconds, 0 for never. */
  expiresAt: number
  /** A nonce and the sealed text, as base64. */
  sealed: string
}

export interface SentInvitesOptions {
  /** The file that keeps them. */
  path: string
  identity: Identity
  log: Log
}

export class SentInvites extends EventEmitter {
  readonly #options: SentInvitesOptions
  readonly #key: Uint8Array
  /** By the id under which the group knows it; the newest last. */
  #kept = new Map<string, Kept>()
  #saving: Promise<void> = Promise.resolve()

  constructor(options: SentInvitesOptions) {
    super()
    this.#options = options
    this.#key = b4a.alloc(sodium.crypto_generichash_BYTES)
    const context = b4a.from('hypertuna-sent-invites/1')
    sodium.crypto_generichash(this.#key, context, options.identity.secretKey)
  }

  /** Reads what was kept. What cannot be read is not shown again. */
  async open(): Promise<void> {
    const { path, log } = this.#options
    try {
      const text = (await readFile(path, { encoding: 'utf8' })) as string
      const { invites } = JSON.parse(text) as { invites: Record<string, Kept> }
      this.#kept = new Map(Object.entries(invites).filter(([, kept]) => isKept(kept)))
    } catch (err) {
      if (!isSystemCode(err, 'ENOENT')) log('sent-invites-unreadable', { reason: String(err) })
    }
  }

  /** Resolves when what is to be kept is written. */
  async close(): Promise<void> {
    await this.#saving
  }

  /** The text of an invite; null when it was not made here, or is kept no longer. */
  textOf(id: string): string | null {
    const kept = this.#kept.get(id)
    return kept === undefined ? null : this.#unseal(kept.sealed)
  }

  /** Keeps an invite of a group from now on. It is shown at once, and written meanwhile. */
  keep(relayKey: string, { invite, expiresAt }: { invite: string; expiresAt: number }): void {
    const id = linkId(invite)
    if (id === null) return
    this.#kept.set(id, { relayKey, expiresAt, sealed: this.#seal(invite) })
    this.#save()
    this.emit('change')
  }

  /** Nobody comes in by it any more. */
  forget(id: string): void {
    if (this.#kept.delete(id)) this.#save()
  }

  /** A group is not on this device any more. */
  forgetRelay(relayKey: string): void {
    const size = this.#kept.size
    for (const [id, kept] of this.#kept) if (kept.relayKey === relayKey) this.#kept.delete(id)
    if (this.#kept.size < size) this.#save()
  }

  #save(): void {
    const living = [...this.#kept].filter(([, { expiresAt }]) => !expiresAt || expiresAt > now())
    this.#kept = new Map(living.slice(-MOST))
    const text = JSON.stringify({ version: 1, invites: Object.fromEntries(this.#kept) })
    const { path, log } = this.#options
    this.#saving = this.#saving
      .then(() => replaceFile(path, text))
      .catch((err: unknown) => log('sent-invites-not-kept', { reason: String(err) }))
  }

  #seal(text: string): string {
    const plain = b4a.from(text)
    const sealed = b4a.alloc(NONCE + plain.byteLength + TAG)
    const nonce = sealed.subarray(0, NONCE)
    sodium.randombytes_buf(nonce)
    const rest = sealed.subarray(NONCE)
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(rest, plain, null, null, nonce, this.#key)
    return b4a.toString(sealed, 'base64')
  }

  /** Null for what was sealed with another key, or is damaged. */
  #unseal(text: string): string | null {
    const sealed = b4a.from(text, 'base64')
    if (sealed.byteLength < NONCE + TAG) return null
    const plain = b4a.alloc(sealed.byteLength - NONCE - TAG)
    const [nonce, rest] = [sealed.subarray(0, NONCE), sealed.subarray(NONCE)]
    try {
      sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, rest, null, nonce, this.#key)
      return b4a.toString(plain)
    } catch {
      return null // then it is as if it was made elsewhere
    }
  }
}

function isKept(value: unknown): value is Kept {
  const { relayKey, expiresAt, sealed } = (value ?? {}) as Record<string, unknown>
  return (
    typeof relayKey === 'string' &&
    Number.isSafeInteger(expiresAt) &&
    (expiresAt as number) >= 0 &&
    typeof sealed === 'string'
  )
}
