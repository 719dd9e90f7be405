/**
 * Folders of this computer: into a relay, out of one, and those that are kept in step.
 *
 * Emits `change` when a kept folder has something new to say.
 */
import { rm, writeFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../../protocol/errors.ts'
import type { FolderEntry } from '../../config-fields.ts'
import { diskError } from '../../disk-error.ts'
import type { Exported } from './export.ts'
import { FolderJobs } from './folder-jobs.ts'
import type { ExportWish, FoldersOptions } from './folder-jobs.ts'
import type { Imported } from './import.ts'
import { KeptFolder } from './kept-folder.ts'
import type { KeptView } from './kept-view.ts'
import { MARKER_FILE } from './names.ts'
import { checkFree, existingFolder } from './places.ts'

export class Folders extends ReadyResource {
  readonly #options: FoldersOptions
  readonly #kept = new Map<string, KeptFolder>()
  /** Why a linked folder is not kept. */
  readonly #problems = new Map<string, HypertunaError>()
  readonly #jobs: FolderJobs

  constructor(options: FoldersOptions) {
    super()
    this.#options = options
    this.#jobs = new FolderJobs(options, () => this.closing !== null)
  }

  override async _close(): Promise<void> {
    await Promise.all([...this.#kept.values()].map((kept) => kept.close()))
    this.#kept.clear()
  }

  /** As {@link FolderJobs.import}. */
  import(relayKey: string, path: string, prefix = ''): Promise<Imported> {
    return this.#jobs.import(relayKey, path, prefix)
  }

  /** As {@link FolderJobs.export}. */
  export(relayKey: string, path: string, wish: ExportWish): Promise<Exported> {
    return this.#jobs.export(relayKey, path, wish)
  }

  /** The linked folders and how they do. */
  list(): { entry: FolderEntry; view: KeptView }[] {
    return this.#options.config.get().folders.map((entry) => {
      const kept = this.#kept.get(entry.id)
      return { entry, view: kept?.view ?? this.#notKept(entry.id) }
    })
  }

  /**
   * Keeps the folders that are linked to a relay in step from now on, and goes on with what
   * was being imported and exported before. Folders of a group that ended are linked no more.
   */
  async add(relayKey: string): Promise<void> {
    for (const entry of this.#options.config.get().folders) {
      if (entry.relayKey === relayKey) await this.#keep(entry)
    }
    this.#jobs.resume(relayKey)
    const group = this.#options.group(relayKey)
    const look = (): void => {
      if (group.relay.facts?.deleted !== true || this.closing) return
      group.off('update', look)
      this.forget(relayKey).catch((err: unknown) => this.#options.log('not-unlinked', { err }))
    }
    group.on('update', look)
    look()
  }

  /** A relay is here no more: its folders are linked no longer, and their files stay. */
  async forget(relayKey: string): Promise<void> {
    for (const entry of this.#options.config.get().folders) {
      if (entry.relayKey === relayKey) await this.unlink(relayKey, entry.path)
    }
  }

  /** Keeps a relay's folders no longer; they stay as they are, and linked. */
  async remove(relayKey: string): Promise<void> {
    for (const entry of this.#options.config.get().folders) {
      if (entry.relayKey === relayKey) await this.#stop(entry.id)
    }
  }

  /**
   * Links a folder with a relay, or links it again: what was known of it is forgotten, so
   * that files of both sides are put together and nothing is deleted.
   *
   * @param acceptDeletions of a folder that is linked already: files that are gone from
   *   one side may go from the other, however many they are
   * @throws SOURCE_UNREADABLE, BAD_REQUEST, NOT_ALLOWED, UNKNOWN_RELAY, STORAGE_*
   */
  async link(relayKey: string, path: string, acceptDeletions = false): Promise<void> {
    this.#options.group(relayKey)
    this.#options.files.checkTakes(relayKey)
    const folder = await existingFolder(path)
    const others = this.#options.config.get().folders
    const known = others.find((one) => one.path === folder && one.relayKey === relayKey)
    if (known !== undefined && acceptDeletions) {
      this.#kept.get(known.id)?.acceptDeletions()
      return
    }
    await checkFree(
      folder,
      this.#options.storage,
      others.filter((one) => one !== known)
    )
    if (known !== undefined) await this.unlink(relayKey, folder)
    const id = b4a.toString(crypto.randomBytes(16), 'hex')
    const entry = { id, relayKey, path: folder }
    try {
      // Never through a link that somebody put there.
      await rm(join(folder, MARKER_FILE), { force: true })
      await writeFile(join(folder, MARKER_FILE), id + '\n', { flag: 'wx' })
    } catch (err) {
      throw diskError(err, `${folder} cannot be written`)
    }
    await this.#options.config.update(({ folders }) => ({ folders: [...folders, entry] }))
    await this.#keep(entry)
  }

  /** Keeps a folder in step no longer; its files and the group's stay. @throws BAD_REQUEST */
  async unlink(relayKey: string, path: string): Promise<void> {
    const { config, storage } = this.#options
    // One that is gone is known by the path that it had.
    const folder = await existingFolder(path).catch(() => path)
    const entry = config.get().folders.find((one) => {
      return one.relayKey === relayKey && one.path === folder
    })
    if (entry === undefined) throw badRequest('That folder is not linked')
    await this.#stop(entry.id)
    await config.update(({ folders }) => ({ folders: folders.filter(({ id }) => id !== entry.id) }))
    this.#problems.delete(entry.id)
    await rm(join(storage, 'folders', entry.id), { recursive: true, force: true })
    await rm(join(folder, MARKER_FILE), { force: true }).catch((err: unknown) => {
      this.#options.log('marker-not-removed', { err })
    })
    this.emit('change')
  }

  async #keep(entry: FolderEntry): Promise<void> {
    const { id, relayKey, path } = entry
    if (this.closing || this.#kept.has(id)) return
    const { drive, files, storage, log } = this.#options
    try {
      const group = this.#options.group(relayKey)
      const kept = new KeptFolder({
        id,
        folder: path,
        storage,
        tableDir: join(storage, 'folders', id),
        group,
        sync: files.of(relayKey),
        drive,
        transfers: files.transfers,
        place: this.#jobs.placeOf(relayKey),
        spare: (hash) => files.spare(relayKey, hash),
        nameOf: (pubkey) => this.#jobs.nameOf(group, pubkey),
        log
      })
      this.#kept.set(id, kept)
      kept.on('change', () => this.emit('change'))
      await kept.ready()
      this.#problems.delete(id)
    } catch (err) {
      this.#kept.delete(id)
      this.#problems.set(id, HypertunaError.from(err, 'STORAGE_FAILED'))
    }
    this.emit('change')
  }

  async #stop(id: string): Promise<void> {
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    await kept?.close()
  }

  #notKept(id: string): KeptView {
    const problem = this.#problems.get(id) ?? null
    return { state: 'paused', files: 0, missing: 0, problem, skipped: [], leftOut: 0 }
  }
}

const badRequest = (message: string): HypertunaError => new HypertunaError('BAD_REQUEST', message)
