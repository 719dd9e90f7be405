/**
 * A folder that is kept in step with a relay, both ways: when something moves in either, it
 * looks at both, takes what changed in the folder into the group, and then writes what
 * changed in the group into the folder. One look at a time.
 *
 * Emits `change` when what it says of itself changes.
 */
import AbortController from 'bare-abort-controller'
import b4a from 'b4a'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../../protocol/errors.ts'
import type { Signal } from '../../../protocol/file-channel/channel.ts'
import type { Log } from '../../log.ts'
import type { RelayUpdate } from '../../relays/relay.ts'
import type { Group } from '../../relays/group.ts'
import type { Drive } from '../drive.ts'
import type { Sync } from '../sync.ts'
import type { Transfers } from '../transfers.ts'
import { FolderWatch } from './folder-watch.ts'
import { Importer } from './importer.ts'
import type { ImportJob } from './importer.ts'
import { LocalFolder, ownerOf } from './local-folder.ts'
import type { LocalFile } from './local-folder.ts'
import { MARKER_FILE } from './names.ts'
import { beginPass } from './pass.ts'
import type { Keeping, Pass } from './pass.ts'
import { eitherOf, foldersOf, viewOf } from './kept-view.ts'
import type { KeptView } from './kept-view.ts'
import type { PublishPlace } from './publish-batch.ts'
import { SkipList } from './skip-list.ts'
import { FolderTable } from './table.ts'
import { takeChanges } from './take-changes.ts'
import { TreeReader } from './tree.ts'
import { writeChanges } from './write-changes.ts'

export interface KeptOptions {
  /** The link's own, which its marker in the folder carries. */
  id: string
  folder: string
  /** Where what is known of it is kept. */
  /** The storage directory, in which the table is. */
  storage: string
  tableDir: string
  group: Group
  sync: Sync
  drive: Drive
  transfers: Transfers
  place(): PublishPlace
  spare(hash: string): void
  nameOf(pubkey: string): Promise<string>
  log: Log
}

/** What moves is looked at when nothing has moved for this long, in ms. */
const QUIET = 500
/** The folder is looked through this often, in ms, or less often where that takes long. */
const SCAN = 60_000
/** A look may take this share of the time. */
const SHARE = 1 / 20
/** Files that are asked for after one look, where a relay is kept on demand. */
const ASKED = 64
/** What was not at rest is looked at again after this long, in ms. */
const AGAIN = 1500

export class KeptFolder extends ReadyResource {
  view: KeptView = {
    state: 'working',
    files: 0,
    missing: 0,
    problem: null,
    skipped: [],
    leftOut: 0
  }

  readonly #options: KeptOptions
  readonly #abort = new AbortController()
  readonly #watch: FolderWatch
  readonly #tree: TreeReader
  #table: FolderTable | null = null
  #timer: { at: number; handle: ReturnType<typeof setTimeout> } | null = null
  #looking: Promise<void> | null = null
  #asked = false
  #acceptDeletions = false
  #wanted = new Set<string>()

  constructor(options: KeptOptions) {
    super()
    this.#options = options
    this.#watch = new FolderWatch(options.folder, () => this.#soon(QUIET))
    this.#tree = new TreeReader(options.group.relay)
  }

  override async _open(): Promise<void> {
    this.#table = await FolderTable.open(this.#options.storage, this.#options.tableDir)
    this.#options.group.on('update', this.#onupdate)
    this.#options.sync.on('change', this.#onsync)
    this.#soon(0)
  }

  override async _close(): Promise<void> {
    this.#abort.abort(new HypertunaError('CLOSED', 'The worker is closing'))
    if (this.#timer !== null) clearTimeout(this.#timer.handle)
    this.#watch.close()
    this.#options.group.off('update', this.#onupdate)
    this.#options.sync.off('change', this.#onsync)
    await this.#looking
    await this.#table?.close()
  }

  /** The next look may delete many files at once, because a person said so. */
  acceptDeletions(): void {
    this.#acceptDeletions = true
    this.#soon(0)
  }

  readonly #onupdate = ({ touched, reordered }: RelayUpdate): void => {
    if (touched === null || touched.size > 0 || reordered) this.#soon(QUIET)
  }

  readonly #onsync = (hashes: Set<string> | null): void => {
    if (this.#wanted.size === 0) return
    const { files } = this.#options.sync
    for (const hash of hashes ?? this.#wanted) {
      if (this.#wanted.has(hash) && files.get(hash)?.here === true) return this.#soon(QUIET)
    }
  }

  /** Looks in a while, or earlier when that was asked before; what moves puts it off. */
  #soon(ms: number): void {
    if (this.closing) return
    if (this.#looking !== null) {
      this.#asked ||= ms <= QUIET
      return
    }
    const at = Date.now() + ms
    if (this.#timer !== null) {
      // A folder that never rests is looked at nonetheless.
      if (ms !== QUIET && this.#timer.at <= at) return
      if (ms === QUIET && this.#timer.at < Date.now()) return
      clearTimeout(this.#timer.handle)
    }
    this.#timer = { at, handle: setTimeout(() => this.#look(), ms) }
  }

  #look(): void {
    this.#timer = null
    this.#asked = false
    const begun = Date.now()
    this.#looking = this.#lookOnce()
      .then((again) => {
        this.#looking = null
        const took = Date.now() - begun
        if (again || this.#asked) this.#soon(Math.max(AGAIN, took * 2))
        else this.#soon(Math.max(SCAN, took / SHARE))
      })
      .catch((err: unknown) => this.#options.log('folder-failed', { err }))
  }

  /** @returns whether something was left for later; never rejects */
  async #lookOnce(): Promise<boolean> {
    try {
      await this.#checkFolder()
      this.#tell({ ...this.view, state: 'working' })
      const pass = await this.#pass()
      this.#tell(viewOf(pass))
      this.#wanted = pass.wanted
      this.#ask()
      this.#watch.follow(foldersOf(pass))
      return pass.again
    } catch (err) {
      if (this.closing) return false
      const problem = HypertunaError.from(err, 'STORAGE_FAILED')
      this.#options.log('folder-failed', { code: problem.code, message: problem.message })
      this.#tell({ ...this.view, state: 'paused', problem })
      return false
    }
  }

  /** What is kept on demand is asked for: the folder is to have it. */
  #ask(): void {
    const { sync, log } = this.#options
    let asked = 0
    for (const hash of this.#wanted) {
      const file = sync.files.get(hash)
      if (file === undefined || file.here || sync.wants(file) || asked++ >= ASKED) continue
      sync.fetchNow(hash).catch((err: unknown) => {
        const { code, message } = HypertunaError.from(err)
        log('folder-fetch-failed', { code, message })
      })
    }
  }

  async #pass(): Promise<Pass> {
    const { group } = this.#options
    if (!group.joined) throw new HypertunaError('NOT_MEMBER', 'You are not a member of the group')
    const folder = new LocalFolder(this.#options.folder, ownerOf(this.#options.drive))
    await folder.ready()
    const pass = await beginPass(this.#keeping(folder), new SkipList())
    await takeChanges(pass, await this.#tree.read())
    await writeChanges(pass, await this.#tree.read())
    this.#acceptDeletions = false
    return pass
  }

  #keeping(folder: LocalFolder): Keeping {
    const { group, sync, drive, place, nameOf } = this.#options
    return {
      group,
      sync,
      drive,
      folder,
      place,
      nameOf,
      table: this.#table!,
      tree: this.#tree,
      pubkey: group.pubkey,
      acceptDeletions: this.#acceptDeletions,
      signal: this.#abort.signal as unknown as Signal,
      importing: (items, size, job, files) => this.#import(folder, items, size, job, files)
    }
  }

  async #import(
    folder: LocalFolder,
    items: number,
    size: number,
    job: ImportJob,
    files: LocalFile[]
  ): Promise<void> {
    const { transfers, group, drive, place, spare } = this.#options
    const name = folder.root.slice(folder.root.lastIndexOf('/') + 1)
    const facts = { relayKey: group.relay.relayKey, hash: '', name, size, items }
    await transfers.add({
      ...facts,
      kind: 'import',
      run: async (signal, onprogress) => {
        const closing = this.#abort.signal as unknown as Signal
        const either = { ...job, onprogress, signal: eitherOf(signal, closing) }
        await new Importer({ place, drive, spare }, folder, either).run(files)
      }
    })
  }

  /**
   * A disk that is not mounted leaves an empty folder behind, in which nothing was deleted:
   * ours has the marker that was put there when it was linked.
   */
  async #checkFolder(): Promise<void> {
    const { folder, id } = this.#options
    const local = new LocalFolder(folder)
    await local.ready()
    const isThere = (await local.look(MARKER_FILE)) !== null
    const marker = isThere ? await local.read(MARKER_FILE, 256) : null
    if (marker !== null && b4a.toString(marker).trim() === id) return
    const message =
      `${folder} is not the folder that was linked: its ${MARKER_FILE} is missing. ` +
      'Is its disk there? Nothing is changed in the group; link it again to start anew'
    throw new HypertunaError('SOURCE_UNREADABLE', message)
  }

  #tell(view: KeptView): void {
    this.view = view
    if (!this.closing) this.emit('change')
  }
}
