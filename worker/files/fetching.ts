/** One relay's fetches: which file is next, from whom, and what comes of it. */
import { HypertunaError } from '../../protocol/errors.ts'
import type { Signal } from '../../protocol/file-channel/channel.ts'
import { Again } from './again.ts'
import { fetchFile } from './fetch.ts'
import { fetchUnsized } from './fetch-unsized.ts'
import { FetchOrder } from './fetch-order.ts'
import type { Rank } from './fetch-order.ts'
import type { FileSource } from './file-source.ts'
import type { KnownFiles } from './known-files.ts'
import { hasNextRecord } from './next-record.ts'
import type { Providers } from './providers.ts'
import { noRoom } from './quota.ts'
import type { Wish } from './quota.ts'
import type { Replicas } from './replicas.ts'
import type { Sync } from './sync.ts'
import type { SyncOptions } from './sync-options.ts'
import { mayKeep } from './synced-file.ts'
import type { Doubts, SyncedFile } from './synced-file.ts'
import type { JobSource, Offer, Progress, Reports, TransferJob } from './transfers.ts'
import type { Way } from './transfer.ts'

/** When providers that are online and did not serve are asked again, in ms. */
const AGAIN = { first: 1000, longest: 60_000 }
/** Drives of people who are away that are looked for elsewhere at once, about. */
const MOST_AWAY = 32

/** One transfer that runs. */
interface Running {
  signal: Signal
  onprogress: Progress
  reports: Reports
}

/** What is known of the relay's files, and who is believed. */
export interface FetchingParts {
  sync: Sync
  known: KnownFiles
  providers: Providers
  /** Of the drives of those who cannot be dialled. */
  replicas: Replicas
  /** Hashes of files and ids of records. */
  doubts: Doubts
  /** A file came, and was looked at. */
  onfetched(hash: string): void
  /** Files have changed, or what is told of them. */
  onchange(hash: string): void
  /** Its record proved wrong: another one is to be chosen. */
  onbadrecord(hash: string): void
}

export class Fetching implements JobSource {
  readonly #options: SyncOptions
  readonly #parts: FetchingParts
  readonly #order = new FetchOrder()
  readonly #again: Again

  constructor(options: SyncOptions, parts: FetchingParts) {
    this.#options = options
    this.#parts = parts
    this.#again = new Again(() => parts.sync.lookAgain(), AGAIN)
  }

  /** Files that can be fetched now, and have no transfer yet. */
  get waiting(): number {
    return this.#order.size
  }

  stop(): void {
    this.#again.stop()
    this.#order.reset([])
  }

  /** Puts all that can be fetched into order anew. */
  reset(): void {
    const { known, providers, replicas } = this.#parts
    const online = providers.online()
    const away = new Set<string>()
    const places = []
    for (const file of known.files.values()) {
      if (file.here || !this.#mayFetch(file)) continue
      if (isAny(file.providers, online) || replicas.has(file.providers)) {
        places.push({ hash: file.hash, rank: this.#rank(file) })
      } else if (away.size < MOST_AWAY) {
        for (const provider of file.providers) away.add(provider.slice(0, 64))
      }
    }
    away.delete(this.#options.drive.key)
    replicas.look(away)
    this.#order.reset(places)
    this.#options.transfers.wake()
  }

  /** One file has changed: perhaps it can be fetched. */
  consider(file: SyncedFile): void {
    if (!this.#mayFetch(file) || !this.#isReachable(file)) return
    this.#order.add(file.hash, this.#rank(file))
  }

  /** The next file that may be fetched. Those that may not any more are passed over. */
  offer(): Offer | null {
    for (let next = this.#order.peek(); next !== null; next = this.#order.peek()) {
      const file = this.#parts.known.files.get(next.hash)
      if (file !== undefined && this.#canBegin(file)) {
        const take = (): TransferJob => {
          this.#order.shift()
          return this.#job(file, false)
        }
        return { rank: next.rank, take }
      }
      this.#order.shift()
    }
    return null
  }

  /** @throws NOBODY_ONLINE, and what a fetch throws */
  async now(file: SyncedFile): Promise<void> {
    const { sync, doubts } = this.#parts
    doubts.delete(file.hash)
    this.#options.choices.ask(sync.relayKey, file.hash)
    if (file.fetching) return
    if (!this.#isReachable(file)) {
      sync.lookAgain() // somebody may have a copy of the drives that have it
      const message = 'Nobody who has this file is online now: it comes as soon as somebody is'
      throw new HypertunaError('NOBODY_ONLINE', message)
    }
    try {
      await this.#options.transfers.add(this.#job(file, true))
    } catch (err) {
      // Cancelled before its turn came: nothing of it has run.
      if (this.#parts.known.files.get(file.hash)?.fetching === true) {
        await this.#failed(file, HypertunaError.from(err))
      }
      throw err
    }
  }

  #mayFetch(file: SyncedFile): boolean {
    const { sync, doubts } = this.#parts
    return !file.here && !file.fetching && sync.wants(file) && !doubts.has(file.hash)
  }

  #isReachable(file: SyncedFile): boolean {
    return this.#sources(file).length > 0
  }

  #canBegin(file: SyncedFile): boolean {
    if (!this.#mayFetch(file) || !this.#isReachable(file)) return false
    if (this.#options.quota.hasRoom(this.#parts.sync, this.#wish(file))) return true
    if (file.problem?.code !== 'STORAGE_FULL') this.#mark(file.hash, { problem: noRoom() })
    return false
  }

  #isAsked({ hash, pinned }: SyncedFile): boolean {
    return pinned || this.#options.choices.isAsked(this.#parts.sync.relayKey, hash)
  }

  #wish(file: SyncedFile): Wish {
    return { size: file.size ?? 0, createdAt: file.createdAt, asked: this.#isAsked(file) }
  }

  /** What a person asked for, then the rarest, then the newest. */
  #rank(file: SyncedFile): Rank {
    const proven = this.#options.proven(file.hash)
    return [this.#isAsked(file) ? 0 : 1, file.providers.size, proven, -file.createdAt]
  }

  #job({ hash, name, size }: SyncedFile, urgent: boolean): TransferJob {
    this.#mark(hash, { fetching: true, received: 0, problem: null })
    return {
      relayKey: this.#parts.sync.relayKey,
      hash,
      name,
      kind: 'fetch',
      size: size ?? 0,
      urgent,
      retry: () => this.#parts.sync.fetchNow(hash),
      run: (signal, onprogress, reports) => this.#run(hash, { signal, onprogress, reports })
    }
  }

  async #run(hash: string, running: Running): Promise<void> {
    const { known, sync } = this.#parts
    const file = known.files.get(hash)
    if (file === undefined) throw new HypertunaError('UNKNOWN_FILE', 'It was deleted meanwhile')
    const { quota, choices } = this.#options
    let giveBack = (): void => {}
    const reserve = async (size: number): Promise<void> => {
      giveBack()
      giveBack = await quota.reserve(sync, { ...this.#wish(file), size })
    }
    try {
      await reserve(file.size ?? 0)
      await this.#fetch(file, running, reserve)
      await quota.look()
      this.#again.helped()
      choices.answered(sync.relayKey, hash)
      this.#mark(hash, { fetching: false, problem: null })
      await known.rereadSoon(hash)
      this.#parts.onfetched(hash)
      this.#parts.onchange(hash)
    } catch (err) {
      const problem = HypertunaError.from(err)
      await this.#failed(file, problem)
      throw problem
    } finally {
      giveBack()
    }
  }

  #fetch(
    file: SyncedFile,
    { signal, onprogress, reports }: Running,
    reserve: (size: number) => Promise<void>
  ): Promise<void> {
    const { known, providers, sync } = this.#parts
    const { hash, size } = file
    const options = {
      eventId: file.eventId,
      providers: () => this.#sources(known.files.get(hash) ?? file),
      drive: this.#options.drive,
      relayKey: sync.relayKey,
      down: this.#options.down,
      signal,
      onprogress: (bytes: number) => {
        tellWay()
        onprogress(bytes)
        this.#mark(hash, { received: bytes })
      },
      onbadprovider: (driveKey: string, reason: string) => {
        providers.putAside(hash, driveKey, reason)
        this.#parts.replicas.putAside(driveKey)
      }
    }
    const tellWay = (): void => {
      const sources = options.providers()
      if (sources.length > 0) reports.by(wayOf(sources), sources.length)
    }
    tellWay()
    const record = { url: null, ...file }
    if (size !== null) return fetchFile({ ...options, record: { ...record, size } })
    const onsize = async (told: number): Promise<void> => {
      await reserve(told)
      reports.expect({ size: told })
    }
    return fetchUnsized({ ...options, record, onsize })
  }

  async #failed(file: SyncedFile, problem: HypertunaError): Promise<void> {
    const { doubts, sync, onbadrecord } = this.#parts
    const { hash } = file
    const { code, message } = problem
    this.#mark(hash, { fetching: false, problem })
    if (sync.closing) return
    this.#options.log('fetch-failed', { relayKey: sync.relayKey, hash, code, message })
    if (code === 'CANCELLED') this.#options.choices.answered(sync.relayKey, hash)
    const { state } = this.#options.group.relay
    if (await hasNextRecord(file, problem, { doubts, state })) {
      this.#options.log('record-set-aside', {
        relayKey: sync.relayKey,
        hash,
        eventId: file.eventId
      })
      return onbadrecord(hash)
    }
    // Not so for WRONG_BYTES: who served them is set aside, and others are welcome at once.
    if (['HASH_MISMATCH', 'CANCELLED', 'STORAGE_FULL'].includes(code)) doubts.add(hash)
    // Who is online and did not serve may do so in a moment: it may not know of us yet.
    else if (code === 'NOBODY_ONLINE' && this.#isReachable(file)) this.#again.later()
    else if (code !== 'WRONG_BYTES') return
    else if (this.#parts.providers.channels(file.providers).length === 0) doubts.add(hash)
    else this.consider({ ...file, fetching: false })
  }

  #mark(hash: string, facts: Partial<SyncedFile>): void {
    const file = this.#parts.known.files.get(hash)
    if (file === undefined) return
    Object.assign(file, facts)
    this.#parts.onchange(hash)
  }

  /** Who has the file and is there; else copies of the drives that have it. */
  #sources({ providers }: SyncedFile): FileSource[] {
    const { sync, providers: live, replicas } = this.#parts
    if (!mayKeep(sync.records)) return []
    const channels = live.channels(providers)
    return channels.length > 0 ? channels : replicas.sources(providers)
  }
}

/** They are either all members' channels or all copies of drives. */
function wayOf(sources: FileSource[]): Way {
  if (sources.some(({ isDirect }) => isDirect === true)) return 'lane'
  return sources.some(({ isDirect }) => isDirect === false) ? 'connection' : 'copy'
}

function isAny(names: Iterable<string>, of: ReadonlySet<string>): boolean {
  for (const name of names) if (of.has(name)) return true
  return false
}
