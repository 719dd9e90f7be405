import fs from 'bare-fs/promises'
import { join } from 'bare-path'
import sodium from 'sodium-universal'
import { HypertunaError } from '../../protocol/errors.ts'
import type { FileRecord, NamedFile } from '../../protocol/file-event.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { sha256 } from '../../protocol/sha256.ts'
import type { Log } from '../log.ts'
import type { Measured } from '../measured.ts'
import { recordOf } from '../record.ts'
import { readJson, remove, replace } from './disk.ts'

/** What public relays call their files, as a member has shown it. */
export interface Named {
  publicIdentifier: string
  hash: string
  record: FileRecord
  eventId: string
  /** When a member said so last; 0 before that in this run. */
  checked: number
  /** When members were asked for it last, whatever came of it. */
  asked: number
  /** Whether the relay has it no more, or it was replaced by another record. */
  gone: boolean
}

const VERSION = 1
const UNASKED = { checked: 0, asked: 0, gone: false }
const KEPT = 8192
const ON_DISK = 262_144

/** The tree of a file whose record names none, as it was measured here. */
interface Tree {
  piecesRoot: string
  /** Missing where the event tells it, or before it was kept. */
  size?: number
  /** By our own key, so that nobody else's word is taken for it. */
  proof: string
}

/**
 * The records of files of public relays, kept over restarts as the signed events
 * they came in: what was damaged on disk names nothing.
 */
export class Names {
  readonly #directory: string | null
  readonly #key: Uint8Array
  readonly #measured: Measured
  readonly #log: Log
  readonly #recent = new Map<string, Named>()
  #written = 0

  /**
   * @param options.directory - null to keep them in memory alone
   * @param options.key - secret, 32 bytes, the same at each start
   * @param options.measured - told of trees that earlier runs have measured
   */
  constructor(options: {
    directory: string | null
    key: Uint8Array
    measured: Measured
    log: Log
  }) {
    this.#directory = options.directory
    this.#key = options.key
    this.#measured = options.measured
    this.#log = options.log
  }

  /** A record that is in memory. */
  recent(publicIdentifier: string, hash: string): Named | null {
    return this.#recent.get(`${publicIdentifier}/${hash}`) ?? null
  }

  /** A record, from memory or disk. */
  async get(publicIdentifier: string, hash: string): Promise<Named | null> {
    const known = this.recent(publicIdentifier, hash)
    const path = this.#path(publicIdentifier, hash)
    if (known !== null || path === null) return known
    const kept = await readJson(path)
    if (kept === null || kept['version'] !== VERSION) return null
    if (kept['publicIdentifier'] !== publicIdentifier) return null
    try {
      const found = recordOf(kept['event'], publicIdentifier, hash)
      const record = this.#completed(found.record, kept['tree'])
      if (record === null) return null
      const { eventId } = found
      return this.#remember({ publicIdentifier, hash, record, eventId, ...UNASKED })
    } catch (err) {
      this.#log('cache entry damaged', { hash, error: err })
      return null
    }
  }

  /**
   * A member has just shown this record, in an event that holds.
   *
   * @param record - with its tree, also where the event names none and it was measured here
   */
  set(publicIdentifier: string, record: FileRecord, event: NostrEvent): Named {
    const { hash } = record
    const before = this.recent(publicIdentifier, hash)
    const eventId = event.id
    const now = Date.now()
    if (before?.eventId === eventId && before.record.piecesRoot === record.piecesRoot) {
      before.checked = now
      before.asked = now
      return before
    }
    if (before !== null) before.gone = true
    const asked = { checked: now, asked: now, gone: false }
    const named = { publicIdentifier, hash, record, eventId, ...asked }
    void this.#write(named, event)
    return this.#remember(named)
  }

  /** The relay has no such file any more, or it may not be served. */
  async delete(publicIdentifier: string, hash: string): Promise<void> {
    const known = this.recent(publicIdentifier, hash)
    if (known !== null) known.gone = true
    this.#recent.delete(`${publicIdentifier}/${hash}`)
    const path = this.#path(publicIdentifier, hash)
    if (path !== null) await remove(path)
  }

  #remember(named: Named): Named {
    const key = `${named.publicIdentifier}/${named.hash}`
    this.#recent.delete(key)
    this.#recent.set(key, named)
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= KEPT) break
      this.#recent.delete(oldest)
    }
    return named
  }

  async #write({ publicIdentifier, hash, record }: Named, event: NostrEvent): Promise<void> {
    const path = this.#path(publicIdentifier, hash)
    if (path === null || ++this.#written > ON_DISK) return
    try {
      const tree = this.#treeOf(record)
      const kept = { version: VERSION, publicIdentifier, hash, event, tree }
      await replace(path, JSON.stringify(kept))
    } catch (err) {
      this.#log('cache not saved', { error: HypertunaError.from(err) })
    }
  }

  #treeOf({ hash, size, piecesRoot }: FileRecord): Tree | null {
    if (piecesRoot === null) return null
    return { piecesRoot, size, proof: this.#prove(hash, size, piecesRoot) }
  }

  /** A record with its tree; null when neither its event nor we know it. */
  #completed(record: NamedFile, tree: unknown): FileRecord | null {
    const { hash } = record
    if (record.piecesRoot !== null && record.size !== null) return { ...record, size: record.size }
    const kept = (tree ?? {}) as Partial<Tree>
    const { piecesRoot, proof } = kept
    const size = record.size ?? kept.size
    if (typeof piecesRoot !== 'string' || typeof size !== 'number') return null
    if (this.#prove(hash, size, piecesRoot) !== proof) return null
    this.#measured.set({ hash, size, piecesRoot })
    return { ...record, size, piecesRoot }
  }

  #prove(hash: string, size: number, piecesRoot: string): string {
    const proof = Buffer.alloc(32)
    const words = Buffer.from(`hypertuna-measured/1 ${hash} ${size} ${piecesRoot}`)
    sodium.crypto_generichash(proof, words, this.#key)
    return proof.toString('hex')
  }

  /** Removes what was not written for a long time, so that the folder stays bounded. */
  async prune(olderThan: number): Promise<void> {
    if (this.#directory === null) return
    for (const folder of await listOf(this.#directory)) {
      for (const name of await listOf(join(this.#directory, folder))) {
        const path = join(this.#directory, folder, name)
        const { mtimeMs } = await fs.stat(path)
        if (mtimeMs < olderThan) await remove(path)
        else this.#written++
      }
    }
  }

  #path(publicIdentifier: string, hash: string): string | null {
    if (this.#directory === null) return null
    const name = sha256(Buffer.from(`${publicIdentifier}/${hash}`)).toString('hex')
    return join(this.#directory, name.slice(0, 2), `${name}.json`)
  }
}

async function listOf(directory: string): Promise<string[]> {
  try {
    return (await fs.readdir(directory)).map(String)
  } catch {
    return [] // nothing was kept yet
  }
}
