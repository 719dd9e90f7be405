import b4a from 'b4a'
import { HypertunaError } from '../../protocol/errors.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import type { Signal } from '../../protocol/file-channel/channel.ts'
import { layerRoot, PIECE_SIZE } from '../../protocol/pieces.ts'
import type { Bandwidth } from './bandwidth.ts'
import { Download } from './download.ts'
import type { Drive } from './drive.ts'
import type { FileSource } from './file-source.ts'
import type { Resumption } from './intake.ts'

export interface FetchOptions {
  record: FileRecord
  /** The channels of providers that are online now; asked again whenever one is needed. */
  providers: () => FileSource[]
  drive: Pick<Drive, 'storeFile'>
  relayKey: string
  /** The id of the event that published the file, kept in the drive's metadata. */
  eventId?: string | null
  signal?: Signal | undefined
  /** Bytes received, checked and handed to the drive so far. */
  onprogress?: (bytes: number) => void
  /** A provider served bytes that are certainly not the file's. */
  onbadprovider?: (driveKey: string, reason: string) => void
  /** The record contradicts itself: its piecesRoot is not the tree of what has its hash. */
  onbadrecord?: (reason: string) => void
  /** What all fetches together may take; any number when left out. */
  down?: Bandwidth
  /** Milliseconds without a byte after which a provider is dropped; 15,000 when left out. */
  stall?: number
}

const STALL = 15_000

/**
 * Fetches one file from its providers into the own drive.
 *
 * With a piecesRoot every range is checked as it arrives, from many providers at
 * once. Bytes that disagree with it make a suspect and no more: the root comes
 * from whoever published the record, and must not be able to discredit honest
 * providers. The whole hash decides: when the file arrives by other hands, the
 * suspects lied; when it does not, each suspect is heard alone, whole. Without a
 * piecesRoot the file comes from one provider at a time, because only then does
 * a wrong hash name the one who lied.
 *
 * @throws {HypertunaError} NOBODY_ONLINE when no provider is left, WRONG_BYTES when
 *   each of them had other bytes, HASH_MISMATCH when the record's tree is not its
 *   hash's, CANCELLED, and STORAGE_* of the drive
 */
export async function fetchFile(options: FetchOptions): Promise<void> {
  await new Fetch(options).run()
}

class Fetch {
  readonly #options: FetchOptions
  readonly #record: FileRecord
  /** Who disagrees with the record's tree, and how. */
  readonly #suspects = new Map<FileSource, string>()
  /** Who is of no more use: liars, and those who failed. */
  readonly #spent = new Set<FileSource>()
  /** How many were gone or silent, and how many had something else than the file. */
  #failed = 0
  #lied = 0
  #current: Download | null = null
  /** What every piece is being checked against, if it is. */
  #layer: Uint8Array | null = null
  /** Where a file that was begun before goes on. */
  #from = 0
  /** True between attempts: a source that is late must not begin. */
  #over = true

  constructor(options: FetchOptions) {
    this.#options = options
    this.#record = options.record
  }

  async run(): Promise<void> {
    const { size, piecesRoot } = this.#record
    if (size === 0) return this.#store(nothing())
    if (piecesRoot === null) return this.#fetchWhole(() => this.#candidates()[0])
    const resume = {
      layer: () => this.#layerOrNull(piecesRoot),
      from: (bytes: number) => void (this.#from = bytes)
    }
    const problem = await this.#attempt(this.#pieces(piecesRoot), resume)
    this.#from = 0
    if (problem === null) return this.#blameSuspects()
    await this.#hearSuspects(problem)
  }

  /** All of it, checked range by range. Nobody is asked before the drive wants bytes. */
  async *#pieces(piecesRoot: string): AsyncGenerator<Uint8Array, void, undefined> {
    const layer = this.#layer ?? (await this.#findLayer(piecesRoot))
    if (layer === null || this.#over) throw this.#nobody()
    this.#layer = layer
    yield* this.#download(layer, () => this.#candidates())
  }

  /** All of it from one provider, as it comes. */
  async *#whole(channel: FileSource | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    if (channel === undefined) throw this.#nobody()
    this.#layer = null
    yield* this.#download(null, () => (this.#spent.has(channel) ? [] : [channel]))
  }

  /**
   * Null when the file is stored; else what was wrong with the providers or their
   * bytes. The drive's own troubles and a cancel are thrown.
   */
  async #attempt(
    source: AsyncGenerator<Uint8Array, void, undefined>,
    resume?: Resumption
  ): Promise<HypertunaError | null> {
    this.#over = false
    let trouble: unknown = null
    const watched = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        yield* source
      } catch (err) {
        trouble = err
        throw err
      }
    }
    try {
      await this.#store(watched(), resume)
      return null
    } catch (err) {
      this.#throwIfCancelled()
      const known = HypertunaError.from(err)
      if (known.code === 'HASH_MISMATCH' || (trouble !== null && err === trouble)) return known
      throw known
    } finally {
      this.#over = true
      this.#current?.stop()
    }
  }

  /** What a half file is checked against; whoever finds none says so when bytes are asked for. */
  async #layerOrNull(piecesRoot: string): Promise<Uint8Array | null> {
    try {
      this.#layer = await this.#findLayer(piecesRoot)
    } catch (err) {
      if (HypertunaError.from(err).code === 'INTERNAL') throw err
    }
    return this.#layer
  }

  /** The layer that belongs to the record's root, or null when nobody has it. */
  async #findLayer(piecesRoot: string): Promise<Uint8Array | null> {
    const { hash, size } = this.#record
    if (size <= PIECE_SIZE) return b4a.from(piecesRoot, 'hex')
    for (;;) {
      const channel = this.#candidates()[0]
      if (channel === undefined) {
        if (this.#suspects.size > 0) return null
        throw this.#nobody()
      }
      try {
        const layer = await channel.pieces({ hash, size, ...this.#signal() })
        if (isLayer(layer, size, piecesRoot)) return layer
        this.#suspects.set(channel, 'Its tree is not the one that the record names')
      } catch (err) {
        this.#throwIfCancelled()
        this.#fail(channel, HypertunaError.from(err))
      }
    }
  }

  /** Whole files, each from one provider that `next` names, until one has the hash. */
  async #fetchWhole(
    next: () => FileSource | undefined,
    otherwise: HypertunaError | null = null
  ): Promise<void> {
    for (;;) {
      const channel = next()
      const problem = await this.#attempt(this.#whole(channel))
      if (problem === null) return
      if (channel === undefined) throw otherwise ?? problem
      this.#spent.add(channel)
      if (problem.code === 'HASH_MISMATCH') {
        this.#blame(channel, 'The whole file from it has another hash')
      }
    }
  }

  /** The suspects' word against the record's: whoever has the hash is honest. */
  async #hearSuspects(problem: HypertunaError): Promise<void> {
    const heard = [...this.#suspects.keys()]
    this.#suspects.clear()
    // Bytes that fit the tree but not the hash: the record is wrong, not those who serve it.
    const hopeless = problem.code === 'HASH_MISMATCH' ? problem : null
    if (heard.length === 0) throw hopeless ?? this.#nobody()
    await this.#fetchWhole(() => heard.shift(), hopeless)
    this.#options.onbadrecord?.('Its piecesRoot is not the tree of the file that has its hash')
  }

  /** The file is here, and agrees with the tree: who did not agree lied. */
  #blameSuspects(): void {
    for (const [channel, reason] of this.#suspects) this.#blame(channel, reason)
  }

  #blame(channel: FileSource, reason: string): void {
    this.#lied++
    const driveKey = channel.peer?.driveKey
    if (driveKey) this.#options.onbadprovider?.(driveKey, reason)
  }

  #download(layer: Uint8Array | null, providers: () => FileSource[]): Download {
    this.#current = new Download({
      record: this.#record,
      layer,
      from: this.#from,
      providers,
      stall: this.#options.stall ?? STALL,
      down: this.#options.down ?? null,
      signal: this.#options.signal,
      onprogress: (bytes) => this.#options.onprogress?.(bytes),
      onsuspect: (channel, reason) => this.#suspects.set(channel, reason),
      onfailed: (channel, err) => this.#fail(channel, err)
    })
    return this.#current
  }

  async #store(source: AsyncIterable<Uint8Array>, resume?: Resumption): Promise<void> {
    const { hash, size, mime, name, piecesRoot } = this.#record
    const eventId = this.#options.eventId ?? null
    await this.#options.drive.storeFile({
      relayKey: this.#options.relayKey,
      fileHash: hash,
      metadata: { mime, name, size, piecesRoot, eventId },
      source,
      size,
      direct: 'if-idle',
      layer: () => this.#layer,
      ...(resume === undefined ? {} : { resume }),
      ...this.#signal()
    })
  }

  /** Providers that are online and neither spent nor suspect. */
  #candidates(): FileSource[] {
    return this.#options.providers().filter((channel) => {
      return channel.reason === null && !this.#spent.has(channel) && !this.#suspects.has(channel)
    })
  }

  #fail(channel: FileSource, err: HypertunaError): void {
    if (err.code === 'WRONG_BYTES' || err.code === 'TOO_LARGE') this.#lied++
    else this.#failed++
    this.#spent.add(channel)
  }

  #signal(): { signal?: Signal } {
    const { signal } = this.#options
    return signal === undefined ? {} : { signal }
  }

  #throwIfCancelled(): void {
    const { aborted = false, reason } = this.#options.signal ?? {}
    if (!aborted) return
    if (reason instanceof HypertunaError) throw reason
    throw new HypertunaError('CANCELLED', 'The download was cancelled')
  }

  #nobody(): HypertunaError {
    if (this.#lied > 0 && this.#failed === 0) {
      return new HypertunaError('WRONG_BYTES', 'Every provider served bytes that are not the file')
    }
    return new HypertunaError('NOBODY_ONLINE', 'Nobody who has this file could be reached')
  }
}

function isLayer(layer: Uint8Array, size: number, piecesRoot: string): boolean {
  try {
    return layerRoot(layer, size) === piecesRoot
  } catch (err) {
    if (err instanceof HypertunaError && err.code === 'WRONG_BYTES') return false
    throw err
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
