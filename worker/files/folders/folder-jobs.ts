/** Imports of folders and exports into folders: each a transfer that outlives a restart. */
import { isAbsolute, join } from 'bare-path'

import { HypertunaError } from '../../../protocol/errors.ts'
import { sanitizePath } from '../../../protocol/file-event.ts'
import { isHex32, npubOf } from '../../../protocol/ids.ts'
import type { Config } from '../../config.ts'
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
import { checkApart, existingFolder, idOf, madeFolder, nameOf } from './places.ts'
import type { PublishPlace } from './publish-batch.ts'
import type { TransferPlan } from '../transfer.ts'
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

export interface ExportWish {
  /** Those files alone; null for all. */
  hashes: string[] | null
  /** Of these the records of these events, for bytes with several names; all when left out. */
  eventIds?: string[] | null
  onConflict: OnConflict
}

/** Files of one export that are named one by one. */
const SELECTION = 10_000

export class FolderJobs {
  readonly #options: FoldersOptions
  readonly #isClosing: () => boolean
  /** Folders that are being imported, by where what is known of them is kept. */
  readonly #importing = new Map<string, Promise<Imported>>()

  constructor(options: FoldersOptions, isClosing: () => boolean) {
    this.#options = options
    this.#isClosing = isClosing
  }

  /**
   * Publishes what is new or changed in a folder, as a transfer of kind `import`. While the
   * same one is being imported already, by somebody else or because it was under way when the
   * worker ended, this is that import.
   * @param prefix recorded in front of each path; empty for none
   * @throws SOURCE_UNREADABLE, BAD_REQUEST, CANCELLED, NOT_ALLOWED, STORAGE_*
   */
  async import(relayKey: string, path: string, prefix = ''): Promise<Imported> {
    const folder = await existingFolder(path)
    await checkApart(folder, this.#options.storage)
    if (prefix !== '' && sanitizePath(prefix) === null) throw badRequest('No such path can be')
    const place = this.placeOf(relayKey)
    this.#options.files.checkTakes(relayKey)
    const dir = join(this.#options.storage, 'folders', idOf(relayKey, folder, prefix))
    const running = this.#importing.get(dir)
    if (running !== undefined) return running
    const plan = importPlan({ path, prefix })
    const work = this.#import({ relayKey, folder, plan, prefix, place }, dir)
    this.#importing.set(dir, work)
    try {
      return await work
    } finally {
      this.#importing.delete(dir)
    }
  }

  async #import({ relayKey, folder, plan, prefix, place }: Import, dir: string): Promise<Imported> {
    const { drive, files, storage } = this.#options
    const table = await FolderTable.open(storage, dir)
    let imported: Imported | null = null
    try {
      await files.transfers.add({
        relayKey,
        hash: '',
        name: nameOf(folder),
        kind: 'import',
        size: 0,
        items: 0,
        urgent: true,
        plan,
        retry: async () => void (await this.import(relayKey, folder, prefix)),
        run: async (signal, onprogress, reports) => {
          const spare = (hash: string): void => files.spare(relayKey, hash)
          const job = { signal, onprogress, reports, prefix, folder, table }
          imported = await importFolder({ ...job, place, drive, spare })
        }
      })
    } finally {
      await table.close()
    }
    return imported!
  }

  /**
   * Writes a relay's files into a folder, which is made when it is missing, as a transfer
   * of kind `export`.
   * @param hashes those alone; null for all. Of a file that has several names, `eventIds` says
   *   which are meant
   * @throws UNKNOWN_FILE, BAD_REQUEST, SOURCE_UNREADABLE, CANCELLED, STORAGE_*
   */
  async export(
    relayKey: string,
    path: string,
    { hashes, eventIds = null, onConflict }: ExportWish
  ): Promise<Exported> {
    const { drive, files } = this.#options
    if (!isAbsolute(path)) throw badRequest('A folder is given by its whole path')
    if ([hashes, eventIds].some((ids) => ids !== null && !isSelection(ids))) {
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
      plan: exportPlan({ path, hashes, eventIds, onConflict }),
      retry: async () => void (await this.export(relayKey, path, { hashes, eventIds, onConflict })),
      run: async (signal, onprogress, reports) => {
        const known = { group, sync, drive, folder: path, hashes, eventIds, onConflict }
        const nameOfMember = (pubkey: string): Promise<string> => this.nameOf(group, pubkey)
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

  /** Goes on with what was under way before the restart. */
  resume(relayKey: string): void {
    const { files, log } = this.#options
    const follow = (work: Promise<unknown>): void => {
      work.catch((err: unknown) => {
        if (!this.#isClosing()) log('job-not-resumed', { err })
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

  /** Where a relay's files are published, each time anew. */
  placeOf(relayKey: string): () => PublishPlace {
    const { config, drive, identity } = this.#options
    const group = this.#options.group(relayKey)
    return () => ({ group, driveKey: drive.key, identity, gateways: config.get().gateways })
  }

  /** What a member is called in names of files. */
  async nameOf(group: Group, pubkey: string): Promise<string> {
    return (await this.#options.nameOf(group, pubkey)) ?? npubOf(pubkey).slice(0, 12)
  }
}

interface Import {
  relayKey: string
  folder: string
  prefix: string
  plan: TransferPlan
  place(): PublishPlace
}

const isSelection = (ids: string[]): boolean => ids.length <= SELECTION && ids.every(isHex32)
const badRequest = (message: string): HypertunaError => new HypertunaError('BAD_REQUEST', message)
