/**
 * The file services of all relays: one drive, one queue of transfers, and each
 * relay's folder kept in step.
 *
 * Emits `change` (relayKey, hashes | null).
 */
import { stat } from 'bare-fs/promises'
import { join } from 'bare-path'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import type { Signal } from '../../protocol/file-channel/channel.ts'
import { mimeFor } from '../../protocol/mime.ts'
import type { Group } from '../relays/group.ts'
import { Bandwidth } from './bandwidth.ts'
import { Choices } from './choices.ts'
import type { Drive, FileMetadata, StoredFile } from './drive.ts'
import type { FilesOptions, StoreWish } from './files-options.ts'
import { Removal } from './removal.ts'
import { Quota } from './quota.ts'
import { Sync } from './sync.ts'
import { mayKeep } from './synced-file.ts'
import { Transfers } from './transfers.ts'

export class Files extends ReadyResource {
  readonly choices: Choices
  readonly transfers: Transfers
  readonly quota: Quota
  /** What all fetches, and all that is served, may take. */
  readonly bandwidth = { down: new Bandwidth(), up: new Bandwidth() }
  readonly #options: FilesOptions
  readonly #synced = new Map<string, Sync>()
  readonly #removals = new Map<string, Removal>()
  readonly #turns = new Map<string, Promise<void>>()

  constructor(options: FilesOptions) {
    super()
    this.#options = options
    this.choices = new Choices(options.choicesPath, options.log)
    this.transfers = new Transfers(this.choices)
    this.quota = new Quota(options.drive)
  }

  override async _open(): Promise<void> {
    await this.choices.open()
    await this.settingsChanged()
  }

  override async _close(): Promise<void> {
    await this.transfers.close()
    await Promise.all([...this.#removals.values()].map((removal) => removal.close()))
    await Promise.all([...this.#synced.values()].map((sync) => sync.close()))
    await this.choices.close()
  }

  /** How many other members' drives proved that they hold a file, and keep it if we let it go. */
  provenElsewhere = (relayKey: string, hash: string): number =>
    this.#options.holdings.of(relayKey)?.spare(hash) ?? 0

  /** Goes by what the configuration says now. */
  async settingsChanged(): Promise<void> {
    const { quotaBytes, limits, relays } = this.#options.config.get()
    this.quota.deviceBytes = quotaBytes
    await this.quota.look()
    this.bandwidth.down.limit = limits.down
    this.bandwidth.up.limit = limits.up
    this.transfers.concurrent = limits.concurrent
    for (const entry of relays) {
      const sync = this.#synced.get(entry.relayKey)
      if (sync === undefined) continue
      if (sync.keep !== entry.keep) sync.keep = entry.keep
      sync.quotaBytes = entry.quotaBytes ?? null // looks again, also for the device's quota
    }
  }

  /** Serves a relay's files to its members and gateways, and keeps its folder in step. */
  async add(group: Group): Promise<void> {
    const { drive, log, respond, config } = this.#options
    const { relayKey } = group.relay
    // Whether a relay is encrypted is known once it is open; its files wait until then.
    await group.ready()
    if (this.closing) return
    drive.useKey(relayKey, group.relay.fileKey)
    const entry = config.current.relays.find((known) => known.relayKey === relayKey)
    const sync = new Sync({
      group,
      drive,
      openDrive: this.#options.openDrive,
      transfers: this.transfers,
      choices: this.choices,
      quota: this.quota,
      down: this.bandwidth.down,
      keep: entry?.keep ?? 'all',
      quotaBytes: entry?.quotaBytes ?? null,
      knownPath: join(this.#options.knownFolder, relayKey),
      proven: (hash) => this.provenElsewhere(relayKey, hash),
      log
    })
    this.#synced.set(relayKey, sync)
    sync.on('change', (hashes) => this.emit('change', relayKey, hashes))
    const turn = this.#options.turn?.()
    if (turn !== undefined) this.#turns.set(relayKey, turn)
    await turn
    if (this.closing || this.#synced.get(relayKey) !== sync) return
    group.respondWith(respond(sync.records))
    await sync.ready()
    // Closed, or given up, meanwhile: what would be opened now, nobody would close.
    const isOver = (): boolean => Boolean(this.closing) || this.#synced.get(relayKey) !== sync
    if (isOver()) return
    const { unnamed } = sync
    const removal = new Removal({ group, drive, unnamed, transfers: this.transfers, log })
    this.#removals.set(relayKey, removal)
    await removal.ready()
    if (isOver()) return
    sync.on('reread', () => removal.lookAgain())
    sync.holdings = await this.#options.holdings.add(group, sync)
  }

  /** Serves a relay no longer; its folder stays as it is. */
  async remove(relayKey: string): Promise<void> {
    const sync = this.#synced.get(relayKey)
    const removal = this.#removals.get(relayKey)
    this.#synced.delete(relayKey)
    this.#turns.delete(relayKey)
    await this.#options.holdings.remove(relayKey)
    this.#removals.delete(relayKey)
    await removal?.close()
    await sync?.close()
  }

  /** Somebody is connected who shows no membership, and may have copies of drives. */
  newcomer(): void {
    for (const sync of this.#synced.values()) sync.newcomer()
  }

  /** The links that faces show are made anew: whoever follows files hears of all of them. */
  linksChanged(): void {
    for (const sync of this.#synced.values()) sync.emit('change', null)
  }

  /** @throws UNKNOWN_RELAY */
  of(relayKey: string): Sync {
    const sync = this.#synced.get(relayKey)
    if (sync === undefined) {
      throw new HypertunaError('UNKNOWN_RELAY', 'You are not a member of this group on this device')
    }
    return sync
  }

  /** Resolves when what is known of a relay's files so far was looked at and acted on. */
  async settled(relayKey: string): Promise<void> {
    await this.#turns.get(relayKey)
    const sync = this.#synced.get(relayKey)
    await sync?.ready()
    await sync?.settled()
    await this.#removals.get(relayKey)?.settled()
  }

  find(relayKey: string): Sync | null {
    return this.#synced.get(relayKey) ?? null
  }

  /**
   * Takes a file that a face streams in, as a transfer.
   * @param size bytes, as the face announced them
   * @throws HASH_MISMATCH, TRUNCATED, CANCELLED, STORAGE_*
   */
  async storeStream(
    wish: StoreWish & { size: number },
    source: AsyncIterable<Uint8Array>,
    given: Signal
  ): Promise<StoredFile> {
    return this.#store(wish, wish.size, given, (signal, onprogress) =>
      this.#options.drive.storeFile({
        relayKey: wish.relayKey,
        fileHash: wish.fileHash,
        metadata: factsOf(wish),
        source,
        size: wish.size,
        signal,
        onprogress
      })
    )
  }

  /**
   * Takes a file of this computer, read by the worker itself.
   * @throws SOURCE_UNREADABLE, SOURCE_CHANGED, HASH_MISMATCH, CANCELLED, STORAGE_*
   */
  async storePath(wish: StoreWish & { path: string }): Promise<StoredFile> {
    const size = await sizeOf(wish.path)
    return this.#store(wish, size, null, (signal, onprogress) =>
      this.#options.drive.storePath({
        relayKey: wish.relayKey,
        fileHash: wish.fileHash,
        metadata: factsOf(wish),
        path: wish.path,
        signal,
        onprogress
      })
    )
  }

  /** @throws UNKNOWN_RELAY, and NOT_ALLOWED where a relay takes no files */
  checkTakes(relayKey: string): void {
    const { records } = this.of(relayKey)
    if (mayKeep(records)) return
    const message = records.ended
      ? 'This group was ended: it takes no more files'
      : 'This group calls itself private and is not encrypted: it takes no files'
    throw new HypertunaError('NOT_ALLOWED', message)
  }

  /** Somebody stores this file now and is about to post it: it stays for a while. */
  spare(relayKey: string, hash: string): void {
    this.#removals.get(relayKey)?.spare(hash)
  }

  async #store(
    wish: StoreWish,
    size: number,
    given: Signal | null,
    store: (signal: Signal, onprogress: (bytes: number) => void) => Promise<StoredFile>
  ): Promise<StoredFile> {
    this.checkTakes(wish.relayKey)
    let stored: StoredFile | null = null
    if (wish.fileHash !== null) this.spare(wish.relayKey, wish.fileHash)
    await this.transfers.add({
      relayKey: wish.relayKey,
      hash: wish.fileHash ?? '',
      name: wish.name,
      kind: 'store',
      size,
      urgent: true,
      run: async (signal, onprogress) => {
        stored = await store(given === null ? signal : firstOf(signal, given), onprogress)
      }
    })
    return stored!
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (err) {
    throw new HypertunaError('SOURCE_UNREADABLE', `${path} cannot be read`, { cause: err })
  }
}

function firstOf(a: Signal, b: Signal): Signal {
  return {
    get aborted() {
      return a.aborted || b.aborted
    },
    get reason() {
      return a.aborted ? a.reason : b.reason
    },
    addEventListener(type, listener, options) {
      a.addEventListener(type, listener, options)
      b.addEventListener(type, listener, options)
    },
    removeEventListener(type, listener) {
      a.removeEventListener(type, listener)
      b.removeEventListener(type, listener)
    }
  }
}

/** Who says nothing of a file's type is taken at its name's word. */
function factsOf({ name, mime }: StoreWish): Pick<FileMetadata, 'name' | 'mime'> {
  return { name, mime: mime ?? (name === null ? null : mimeFor(name)) }
}
