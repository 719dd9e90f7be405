import { HypertunaError } from '../../protocol/errors.ts'
import type { FileDigest } from '../../protocol/pieces.ts'
import type { Seal } from '../../protocol/seal.ts'
import type { Log } from '../log.ts'
import type { BlobTurn } from './blob-writer.ts'
import { BlockCutter } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import { INLINE_LAYER, checkKey, inlineLayer, makeMetadata } from './entries.ts'
import type { FileMetadata, HeldFile, LayerPlace } from './entry-value.ts'
import { BlockSealer, sealBlocks } from './file-keys.ts'
import type { FileKeys } from './file-keys.ts'
import type { Directness } from './incoming-file.ts'
import { IncomingFile } from './incoming-file.ts'
import type { Landing } from './incoming-file.ts'
import { SmallFiles } from './small-files.ts'
import { SourceReader } from './source.ts'
import type { Space } from './space.ts'
import { Stop } from './stop.ts'
import type { Signal } from './stop.ts'

export interface StoredFile {
  hash: string
  size: number
  piecesRoot: string
  /** True when the bytes were here already, in this relay's folder or one it shares with. */
  deduplicated: boolean
}

export interface StoreOptions {
  relayKey: string
  /** The hash the bytes must have, or null to take what they have. */
  fileHash: string | null
  /** `size` and `piecesRoot` are measured, whatever they are here. */
  metadata: Partial<FileMetadata>
  signal?: Signal
  /** Bytes taken from the source so far. */
  onprogress?: (bytes: number) => void
}

export interface StoreFileOptions extends StoreOptions {
  /** Chunks of any size. Nothing may write into them afterwards: they are not copied. */
  source: AsyncIterable<Uint8Array>
  /** Whether the bytes go straight into the drive, without a spool; `false` unless told. */
  direct?: Directness
  /** The exact size the source must have, in bytes, where it is known. */
  size?: number
  /**
   * Asked at the first byte: the layer of the file's tree, when the source checks every
   * piece against it, so that the tree is not hashed again; else null.
   */
  layer?: () => Uint8Array | null
}

/** Takes files in: in two phases, so that an entry exists only for bytes that are right. */
export class Intake {
  readonly #landing: Landing
  readonly #catalog: Catalog
  readonly #keys: FileKeys
  readonly #space: Space
  readonly #log: Log
  readonly #small: SmallFiles
  /** What is on its way, by content: a second source of the same bytes waits for the first. */
  readonly #underWay = new Map<string, Promise<unknown>>()
  readonly #jobs = new Map<Stop, Promise<unknown>>()

  constructor(landing: Landing, catalog: Catalog, keys: FileKeys, space: Space, log: Log) {
    this.#landing = landing
    this.#catalog = catalog
    this.#keys = keys
    this.#space = space
    this.#log = log
    this.#small = new SmallFiles(landing.writer, catalog, keys)
  }

  /** @param confirm the source's last word, once all was read and before it counts */
  async store(options: StoreFileOptions, confirm?: () => Promise<void>): Promise<StoredFile> {
    const { relayKey, fileHash, metadata, source, signal } = options
    checkKey(relayKey, 'relayKey')
    if (fileHash !== null) checkKey(fileHash, 'fileHash')
    makeMetadata(metadata, { size: 0, piecesRoot: null })
    const stop = new Stop(signal)
    const reader = new SourceReader(source, (err) => this.#log('source-close-failed', { err }))
    stop.on((reason) => reader.stop(reason))
    const job = this.#storeOnce(options, reader, stop, confirm)
    this.#jobs.set(stop, job)
    try {
      return await job
    } catch (err) {
      throw HypertunaError.from(err)
    } finally {
      this.#jobs.delete(stop)
      stop.end()
      reader.close()
    }
  }

  /** Stops whatever is on its way and waits until it left nothing. */
  async close(): Promise<void> {
    const jobs = [...this.#jobs]
    for (const [stop] of jobs) stop.now(new HypertunaError('CLOSED', 'The drive is closing'))
    await Promise.allSettled(jobs.map(([, job]) => job))
  }

  async #storeOnce(
    options: StoreFileOptions,
    reader: SourceReader,
    stop: Stop,
    confirm: (() => Promise<void>) | undefined
  ): Promise<StoredFile> {
    const { relayKey, fileHash, metadata } = options
    if (fileHash === null) return this.#receive(options, reader, stop, confirm)
    const content = this.#keys.contentOf(relayKey, fileHash)
    for (;;) {
      stop.check()
      const file = await this.#catalog.link({ relayKey, hash: fileHash, facts: metadata })
      if (file !== null) return stored(file, true)
      const other = this.#underWay.get(content)
      if (other === undefined) break
      await stop.wait(other)
    }
    const job = this.#receive(options, reader, stop, confirm)
    this.#underWay.set(content, job)
    try {
      return await job
    } finally {
      this.#underWay.delete(content)
    }
  }

  async #receive(
    options: StoreFileOptions,
    reader: SourceReader,
    stop: Stop,
    confirm: (() => Promise<void>) | undefined
  ): Promise<StoredFile> {
    const { fileHash, size, layer, onprogress = () => {} } = options
    const reservation = await this.#space.reserve(size ?? 0)
    const incoming = new IncomingFile(this.#landing, reservation, {
      ...this.#route(options),
      size: size ?? null,
      layer
    })
    try {
      const digest = await incoming.receive(reader, size ?? null, onprogress)
      await confirm?.()
      if (fileHash !== null && digest.hash !== fileHash) {
        const message = 'The bytes are not those of the hash: nothing was kept'
        throw new HypertunaError('HASH_MISMATCH', message)
      }
      stop.check()
      return await this.#keep(incoming, digest, options, stop)
    } catch (err) {
      await this.#discard(incoming)
      throw err
    } finally {
      reservation.release()
    }
  }

  /** How a file goes in. A seal is made from hash and size: without them it goes by the spool. */
  #route({ relayKey, fileHash, size, direct = false }: StoreFileOptions): {
    direct: Directness
    seal: Seal | null
  } {
    if (this.#keys.of(relayKey) === null) return { direct, seal: null }
    if (fileHash === null || size === undefined) return { direct: false, seal: null }
    return { direct, seal: this.#keys.fileSeal(relayKey, fileHash, size) }
  }

  async #keep(
    incoming: IncomingFile,
    digest: FileDigest,
    { relayKey, metadata: facts }: StoreFileOptions,
    stop: Stop
  ): Promise<StoredFile> {
    const target = { relayKey, hash: digest.hash, facts }
    if (incoming.isSmall) {
      const { blocks } = incoming
      const linked = await this.#small.add({ target, digest, blocks, stop })
      incoming.finish()
      return { ...measured(digest), deduplicated: linked }
    }
    const direct = incoming.turn !== null
    const turn = (incoming.turn ??= await this.#landing.writer.take())
    stop.check()
    // Under our turn nobody else can bring the same content: look, then write.
    const held = await this.#catalog.link(target)
    if (held !== null) {
      await this.#discard(incoming)
      return stored(held, true)
    }
    const { hash, size } = digest
    const sealer = incoming.sealer ?? this.#sealer(relayKey, digest)
    if (!direct) await this.#unspool(incoming, turn, sealer, stop)
    await turn.write(sealer === null ? incoming.blocks : sealer.take(incoming.blocks))
    const blob = await turn.cut()
    const place = await this.#placeLayer(relayKey, digest, turn)
    const metadata = makeMetadata(facts, digest)
    const sealed = sealer !== null
    await this.#catalog.add([{ relayKey, hash, size, blob, place, sealed, metadata }])
    incoming.finish()
    await incoming.spooled?.discard()
    return { ...measured(digest), deduplicated: false }
  }

  async #unspool(
    incoming: IncomingFile,
    turn: BlobTurn,
    sealer: BlockSealer | null,
    stop: Stop
  ): Promise<void> {
    if (incoming.spooled === null) return
    for await (const bytes of incoming.spooled.consume()) {
      stop.check()
      const blocks = new BlockCutter().cut(bytes)
      await turn.write(sealer === null ? blocks : sealer.take(blocks))
    }
  }

  #sealer(relayKey: string, { hash, size }: FileDigest): BlockSealer | null {
    const seal = this.#keys.fileSeal(relayKey, hash, size)
    return seal === null ? null : new BlockSealer(seal)
  }

  /** Keeps a small layer for the entry, and writes a larger one as a blob of its own. */
  async #placeLayer(
    relayKey: string,
    { hash, layer }: FileDigest,
    turn: BlobTurn
  ): Promise<LayerPlace> {
    if (layer.byteLength <= INLINE_LAYER) return inlineLayer(layer)
    const cutter = new BlockCutter()
    const blocks = [...cutter.cut(layer), ...cutter.rest()]
    await turn.write(sealBlocks(this.#keys.layerSeal(relayKey, hash, layer.byteLength), blocks))
    return { layerBlob: await turn.cut() }
  }

  /** A failure to clean up is told, but never instead of the failure that led to it. */
  async #discard(incoming: IncomingFile): Promise<void> {
    try {
      await incoming.discard()
    } catch (err) {
      this.#log('discard-failed', { err })
    }
  }
}

function measured({ hash, size, piecesRoot }: FileDigest): Omit<StoredFile, 'deduplicated'> {
  return { hash, size, piecesRoot }
}

function stored({ hash, size, metadata }: HeldFile, deduplicated: boolean): StoredFile {
  return { hash, size, piecesRoot: metadata.piecesRoot ?? '', deduplicated }
}
