/**
 * Files that members bring by HTTP (Blossom): through a gateway, or from a program of this
 * computer. They are stored like any file that is about to be posted, and held for an hour:
 * who brought a file has to publish an event that names it, signed by itself, or it goes
 * again. This device signs nothing for others, and without an event nobody else gets the
 * file: it is announced nowhere and fetched by no member.
 */
import { readFile } from 'bare-fs/promises'

import { againstAct } from '../../protocol/authorization.ts'
import { MAX_UPLOAD } from '../../protocol/blossom.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { GivenFile, Signal, Stored } from '../../protocol/file-channel/channel.ts'
import { verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { replaceFile } from '../atomic-file.ts'
import { isSystemCode } from '../disk-error.ts'
import type { Log } from '../log.ts'
import type { Drive } from '../files/drive.ts'
import type { RelayFiles } from '../relays/relay-files.ts'

/** A file that waits for the event that names it. */
export interface HeldUpload {
  size: number
  mime: string | null
  /** When it came, in ms. */
  at: number
  /** What its author signed to bring it. */
  event: NostrEvent
  /** Whether its bytes came with it; else they were here, for somebody who is about to post. */
  fresh: boolean
}

export interface UploadsOptions {
  drive: Pick<Drive, 'entry' | 'removeFile'>
  /** Stores a file as one that is about to be posted. */
  store(
    wish: { relayKey: string; fileHash: string; name: null; mime: string | null; size: number },
    source: AsyncIterable<Uint8Array>,
    signal: Signal
  ): Promise<{ piecesRoot: string }>
  /** Our own pubkey. */
  own: string
  /** Deletes an event of our own, by one that we sign. */
  retract(relayKey: string, event: NostrEvent): Promise<void>
  limits?: Partial<HeldLimits>
  /** Where the list is kept over a restart; nowhere when left out. */
  path?: string
  log?: Log
}

/** What is told of a file that came. */
export interface Taken extends Stored {
  /** Of its tree, when it was measured just now. */
  piecesRoot?: string
}

interface HeldLimits {
  /** Files, and their bytes, over all groups; a single author gets a quarter. */
  files: number
  bytes: number
  /** ms. As long as Removal leaves a file alone that nobody has posted. */
  life: number
}

const LIMITS: HeldLimits = { files: 512, bytes: 16 * 1024 * 1024 * 1024, life: 60 * 60_000 }
/** Events of one file that are deleted with it. */
const MAX_EVENTS = 16
const NEVER: Signal = {
  aborted: false,
  addEventListener() {},
  removeEventListener() {}
}

export class Uploads {
  readonly #options: UploadsOptions
  readonly #limits: HeldLimits
  readonly #held = new Map<string, HeldUpload>()
  /** Those whose bytes are on their way. */
  readonly #coming = new Set<string>()
  #saving: Promise<void> = Promise.resolve()

  constructor(options: UploadsOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
  }

  /** Reads what was held before. A list that is not ours counts for nothing: it goes by itself then. */
  async open(): Promise<void> {
    const { path, log } = this.#options
    if (path === undefined) return
    try {
      const text = (await readFile(path, { encoding: 'utf8' })) as string
      for (const [name, held] of Object.entries(JSON.parse(text) as Record<string, HeldUpload>)) {
        if (isHeld(held) && Date.now() - held.at <= this.#limits.life) this.#held.set(name, held)
      }
    } catch (err) {
      if (!isSystemCode(err, 'ENOENT')) log?.('uploads-unreadable', { err })
    }
  }

  /** Waits until the list is on the disk. */
  async close(): Promise<void> {
    await this.#saving
  }

  /**
   * Whether the author of `event` may bring a file, or take it away, now.
   *
   * @throws {HypertunaError} FORBIDDEN, with a reason that repeats nothing of the event
   */
  async check(
    relay: RelayFiles,
    event: NostrEvent | null | undefined,
    verb: 'upload' | 'delete',
    hash: string
  ): Promise<NostrEvent> {
    if (!event || !verifyEvent(event)) throw forbidden('The authorization is not validly signed')
    const wrong = againstAct(event, { verb, hash, now: Math.floor(Date.now() / 1000) })
    if (wrong !== null) throw forbidden(wrong)
    if (await relay.isMember(event.pubkey)) return event
    throw forbidden('Only members of this group bring files')
  }

  /**
   * Stores a file for its author. Nothing of `source` is read when the file is here already.
   *
   * @throws {HypertunaError} FORBIDDEN, TOO_LARGE, BUSY, HASH_MISMATCH, TRUNCATED, STORAGE_*
   */
  async put(
    relay: RelayFiles,
    authorization: NostrEvent | null | undefined,
    file: GivenFile,
    source: AsyncIterable<Uint8Array>
  ): Promise<Taken> {
    const { hash, size } = file
    const event = await this.check(relay, authorization, 'upload', hash)
    if (size > MAX_UPLOAD) {
      throw new HypertunaError('TOO_LARGE', `A file has at most ${MAX_UPLOAD} bytes here`)
    }
    const known = await this.#known(relay, hash)
    if (known !== null) return known
    const name = nameOf(relay, hash)
    if (this.#coming.has(name)) throw new HypertunaError('BUSY', 'Somebody is bringing this file')
    this.#coming.add(name)
    try {
      return await this.#take(relay, event, file, source)
    } finally {
      this.#coming.delete(name)
    }
  }

  async #take(
    relay: RelayFiles,
    event: NostrEvent,
    { hash, size, mime }: GivenFile,
    source: AsyncIterable<Uint8Array>
  ): Promise<Taken> {
    const name = nameOf(relay, hash)
    this.#makeRoom(size, event.pubkey)
    const held = { size, mime, at: Date.now(), event, fresh: true }
    this.#held.set(name, held)
    let piecesRoot: string
    try {
      held.fresh = (await this.#options.drive.entry(relay.relayKey, hash)) === null
      const wish = { relayKey: relay.relayKey, fileHash: hash, name: null, mime, size }
      piecesRoot = (await this.#options.store(wish, source, NEVER)).piecesRoot
    } catch (err) {
      if (this.#held.get(name) === held) this.#held.delete(name)
      throw err
    }
    this.#save()
    return { fresh: true, size, mime, uploaded: Math.floor(held.at / 1000), piecesRoot }
  }

  /**
   * Takes a file away: one that is held, for who brought it. What was published goes by an
   * event that its author signs, so here only if that is us.
   *
   * @throws {HypertunaError} FORBIDDEN, NOT_IN_RELAY, DELETED
   */
  async remove(
    relay: RelayFiles,
    authorization: NostrEvent | null | undefined,
    hash: string
  ): Promise<void> {
    const { pubkey } = await this.check(relay, authorization, 'delete', hash)
    const { drive, own, retract } = this.#options
    const { relayKey } = relay
    let record = await relay.record(hash)
    if (record === null) {
      const held = await this.held(relay, hash)
      if (held === null) throw await missing(relay, hash)
      if (held.event.pubkey !== pubkey) throw forbidden('Somebody else brought this file')
      this.#held.delete(nameOf(relay, hash))
      this.#save()
      if (held.fresh) await drive.removeFile(relayKey, hash)
      return
    }
    for (let i = 0; record !== null && i < MAX_EVENTS; i++) {
      if (record.event.pubkey !== pubkey) throw forbidden('Somebody else published this file')
      if (pubkey !== own) throw forbidden('Publish a kind 5 event to delete what you published')
      await retract(relayKey, record.event)
      record = await relay.record(hash)
    }
  }

  /** A file that is here and waits for its event. */
  async held(relay: RelayFiles, hash: string): Promise<HeldUpload | null> {
    const name = nameOf(relay, hash)
    const held = this.#held.get(name)
    if (held === undefined) return null
    const isLate = Date.now() - held.at > this.#limits.life
    const entry = await this.#options.drive.entry(relay.relayKey, hash)
    if (entry !== null && !isLate) return held
    if (isLate && this.#held.get(name) === held) this.#held.delete(name)
    return null
  }

  #save(): void {
    const { path, log } = this.#options
    if (path === undefined) return
    this.#saving = this.#saving
      .then(() => replaceFile(path, JSON.stringify(Object.fromEntries(this.#held)) + '\n'))
      .catch((err: unknown) => log?.('uploads-not-saved', { err }))
  }

  async #known(relay: RelayFiles, hash: string): Promise<Stored | null> {
    const entry = await this.#options.drive.entry(relay.relayKey, hash)
    if (entry === null) return null
    const record = await relay.record(hash)
    const { size } = entry
    if (record !== null) {
      const { event, file } = record
      return { fresh: false, size, mime: file.mime, uploaded: event.created_at }
    }
    const held = await this.held(relay, hash)
    if (held === null) return null
    return { fresh: false, size, mime: held.mime, uploaded: Math.floor(held.at / 1000) }
  }

  #makeRoom(size: number, pubkey: string): void {
    const { files, bytes, life } = this.#limits
    const all = { files: 1, bytes: size }
    const own = { files: 1, bytes: size }
    for (const [name, held] of this.#held) {
      if (Date.now() - held.at > life) {
        this.#held.delete(name)
        continue
      }
      for (const sum of held.event.pubkey === pubkey ? [all, own] : [all]) {
        sum.files++
        sum.bytes += held.size
      }
    }
    const isFull = all.files > files || all.bytes > bytes
    if (isFull || own.files > files / 4 || own.bytes > bytes / 4) {
      const message = 'Too many files wait for the events that name them: publish those first'
      throw new HypertunaError('BUSY', message)
    }
  }
}

async function missing(relay: RelayFiles, hash: string): Promise<HypertunaError> {
  if (await relay.isDeleted(hash)) {
    return new HypertunaError('DELETED', 'The file was deleted from this group')
  }
  return new HypertunaError('NOT_IN_RELAY', 'There is no such file in this group')
}

/** Whatever else the file may hold. */
function isHeld({ size, mime, at, event, fresh }: HeldUpload): boolean {
  const isText = mime === null || typeof mime === 'string'
  const isCounted = Number.isSafeInteger(size) && Number.isSafeInteger(at)
  return isCounted && isText && typeof fresh === 'boolean' && verifyEvent(event)
}

const nameOf = ({ relayKey }: RelayFiles, hash: string): string => `${relayKey}/${hash}`
const forbidden = (message: string): HypertunaError => new HypertunaError('FORBIDDEN', message)
