/**
 * Folders of this computer: into a relay, out of one, and those that are kept in step.
 *
 * Emits `change` when a kept folder has something new to say.
 */
import { rm, writeFile } from 'bare-fs/promises'
import { isAbsolute, join } from 'bare-path'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../../protocol/errors.ts'
import { sanitizePath } from '../../../protocol/file-event.ts'
import { isHex32, npubOf } from '../../../protocol/ids.ts'
import type { Config } from '../../config.ts'
import type { FolderEntry } from '../../config-fields.ts'
import { diskError } from '../../disk-error.ts'
import type { Identity } from '../../identity.ts'
import type { Log } from '../../log.ts'
import type { Group } from '../../relays/group.ts'
import type { Drive } from '../drive.ts'
import type { Files } from '../files.ts'
import { exportFiles } from './export.ts'
import type { Exported, OnConflict } from './export.ts'
import { importFolder } from './import.ts'
import type { Imported } from './import.ts'
import { exportOf, exportPlan, importOf, importPlan } from './jobs.ts'
import { KeptFolder } from './kept-folder.ts'
import type { KeptView } from './kept-view.ts'
import { MARKER_FILE } from './names.ts'
import { checkApart, checkFree, existingFolder, idOf, madeFolder, nameOf } from './places.ts'
import type { PublishPlace } from './publish-batch.ts'
import { FolderTable } from './table.ts'

export interface FoldersOptions {
  config: Config
  drive: Drive
  files: Files
  identity: Identity
  /** @throws UNKNOWN_RELAY */
  group(relayKey: string): Group
  /** The name that a member gave; null without one. */
  nameOf(group: Group, pubkey: string): Promise<string | null>
  storage: string
  log: Log
}

/** Files of one export that are named one by one. */
const SELECTION = 10_000

export class Folders extends ReadyResource {
  readonly #options: FoldersOptions
  readonly #kept = new Map<string, KeptFolder>()
  /** Why a linked folder is not kept. */
  readonly #problems = new Map<string, HypertunaError>()
  /** Folders that are being imported, with what is known of them. */
  readonly #importing = new Set<string>()

  constructor(options: FoldersOptions) {
    super()
    this.#options = options
  }

  override async _close(): Promise<void> {
    await Promise.all([...this.#kept.values()].map((kept) => kept.close()))
    this.#kept.clear()
  }

  /**
   * Publishes what is new or changed in a folder, as a transfer of kind `import`.
   * @param prefix recorded in front of each path; empty for none
   * @throws SOURCE_UNREADABLE, BAD_REQUEST, BUSY, CANCELLED, NOT_ALLOWED, STORAGE_*
   */
  async import(relayKey: string, path: string, prefix = ''): Promise<Imported> {
    const { drive, files } = this.#options
    const folder = await existingFolder(path)
    await checkApart(folder, this.#options.storage)
    if (prefix !== '' && sanitizePath(prefix) === null) throw badRequest('No such path can be')
    const place = this.#placeOf(relayKey)
    files.checkTakes(relayKey)
    const dir = join(this.#options.storage, 'folders', idOf(relayKey, folder, prefix))
    if (this.#importing.has(dir)) throw busy('That folder is being imported already')
    this.#importing.add(dir)
    let table: FolderTable | null = null
    let imported: Imported | null = null
    try {
      const known = (table = await FolderTable.open(dir))
      await files.transfers.add({
        relayKey,
        hash: '',
        name: nameOf(folder),
        kind: 'import',
        size: 0,
        items: 0,
        urgent: true,
        plan: importPlan({ path, prefix }),
        retry: async () => void (await this.import(relayKey, path, prefix)),
        run: async (signal, onprogress, reports) => {
          const spare = (hash: string): void => files.spare(relayKey, hash)
          const job = { signal, onprogress, reports, prefix, folder, table: known }
          imported = await importFolder({ ...job, place, drive, spare })
        }
      })
    } finally {
      this.#importing.delete(dir)
      await table?.close()
    }
    return imported!
  }

  /**
   * Writes a relay's files into a folder, which is made when it is missing, as a transfer
   * of kind `export`.
   * @param hashes those alone; null for all
   * @throws UNKNOWN_FILE, BAD_REQUEST, SOURCE_UNREADABLE, CANCELLED, STORAGE_*
   */
  async export(
    relayKey: string,
    path: string,
    { hashes, onConflict }: { hashes: string[] | null; onConflict: OnConflict }
  ): Promise<Exported> {
    const { drive, files } = this.#options
    if (!isAbsolute(path)) throw badRequest('A folder is given by its whole path')
    if (hashes !== null && (hashes.length > SELECTION || !hashes.every(isHex32))) {
      throw badRequest(`An export names at most ${SELECTION} files, by their hashes`)
    }
    const group = this.#options.group(relayKey)
    const sync = files.of(relayKey)
    await checkApart(await madeFolder(path), this.#options.storage)
    let exported: Exported | null = null
    await files.transfers.add({
      relayKey,
      hash: '',
      name: nameOf(path),
      kind: 'export',
      size: 0,
      items: 0,
      urgent: true,
      plan: exportPlan({ path, hashes, onConflict }),
      retry: async () => void (await this.export(relayKey, path, { hashes, onConflict })),
      run: async (signal, onprogress, reports) => {
        const known = { group, sync, drive, folder: path, hashes, onConflict }
        const nameOfMember = (pubkey: string): Promise<string> => this.#nameOf(group, pubkey)
        exported = await exportFiles({
          ...known,
          nameOf: nameOfMember,
          signal,
          onprogress,
          reports
        })
      }
    })
    return exported!
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
    this.#resume(relayKey)
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

  #resume(relayKey: string): void {
    const { files, log } = this.#options
    const follow = (work: Promise<unknown>): void => {
      work.catch((err: unknown) => {
        if (!this.closing) log('job-not-resumed', { err })
      })
      log('job-resumed', { relayKey })
    }
    for (const job of files.choices.takeJobs('import', relayKey)) {
      const plan = importOf(job)
      if (plan !== null) follow(this.import(relayKey, plan.path, plan.prefix))
    }
    for (const job of files.choices.takeJobs('export', relayKey)) {
      const plan = exportOf(job)
      if (plan !== null) follow(this.export(relayKey, plan.path, plan))
    }
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
        tableDir: join(storage, 'folders', id),
        group,
        sync: files.of(relayKey),
        drive,
        transfers: files.transfers,
        place: this.#placeOf(relayKey),
        spare: (hash) => files.spare(relayKey, hash),
        nameOf: (pubkey) => this.#nameOf(group, pubkey),
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

  #placeOf(relayKey: string): () => PublishPlace {
    const { config, drive, identity } = this.#options
    const group = this.#options.group(relayKey)
    return () => ({ group, driveKey: drive.key, identity, gateways: config.get().gateways })
  }

  async #nameOf(group: Group, pubkey: string): Promise<string> {
    return (await this.#options.nameOf(group, pubkey)) ?? npubOf(pubkey).slice(0, 12)
  }
}

const badRequest = (message: string): HypertunaError => new HypertunaError('BAD_REQUEST', message)
const busy = (message: string): HypertunaError => new HypertunaError('BUSY', message)
