import { HypertunaError } from '../../protocol/errors.ts'
import type { FileDigest } from '../../protocol/pieces.ts'
import { TAG_SIZE } from '../../protocol/seal.ts'
import type { Seal } from '../../protocol/seal.ts'
import type { Log } from '../log.ts'
import type { BlobTurn } from './blob-writer.ts'
import { BLOCK_SIZE, BlockCutter } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import type { HeldFile, LayerPlace } from './entry-value.ts'
import { INLINE_LAYER, checkKey, inlineLayer, makeMetadata } from './file-facts.ts'
import { BlockSealer, sealBlocks } from './file-keys.ts'
import type { FileKeys } from './file-keys.ts'
import { IncomingFile } from './incoming-file.ts'
import type { Directness, Landing } from './landing.ts'
import type { Slot } from './partials.ts'
import { SmallFiles } from './small-files.ts'
import { SourceReader } from './source.ts'
import type { Space } from './space.ts'
import { Stop } from './stop.ts'
import type { Resumption, StoredFile, StoreFileOptions } from './store-options.ts'

export type { Resumption, StoredFile, StoreFileOptions, StoreOptions } from './store-options.ts'

/** What ends a file only for now: it goes on from where it was. */
const FOR_NOW: ReadonlySet<string> = new Set(['NOBODY_ONLINE', 'CLOSED', 'TIMEOUT'])

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
    const { relayKey, fileHash } = options
    if (fileHash === null) return this.#receive(options, reader, stop, confirm)
    const content = this.#keys.contentOf(relayKey, fileHash)
    for (;;) {
      stop.check()
      const other = this.#underWay.get(content)
      if (other === undefined) break
      await stop.wait(other)
    }
    // The first that asks is the first that brings it, however long the look takes.
    const job = this.#linkOrReceive({ ...options, fileHash }, reader, stop, confirm)
    this.#underWay.set(content, job)
    try {
      return await job
    } finally {
      this.#underWay.delete(content)
    }
  }

  async #linkOrReceive(
    options: StoreFileOptions & { fileHash: string },
    reader: SourceReader,
    stop: Stop,
    confirm: (() => Promise<void>) | undefined
  ): Promise<StoredFile> {
    const { relayKey, fileHash, metadata } = options
    if (await this.#catalog.mayLink(relayKey, fileHash)) {
      const file = await this.#catalog.link({ relayKey, hash: fileHash, facts: metadata })
      if (file !== null) return stored(file, true)
    }
    stop.check()
    return this.#receive(options, reader, stop, confirm)
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
      if (options.resume !== undefined) await this.#resume(incoming, options.resume, options, stop)
      const digest = await incoming.receive(reader, size ?? null, onprogress)
      await confirm?.()
      if (fileHash !== null && digest.hash !== fileHash) {
        const message = 'The bytes are not those of the hash: nothing was kept'
        throw new HypertunaError('HASH_MISMATCH', message)
      }
      stop.check()
      return await this.#keep(incoming, digest, options, stop)
    } catch (err) {
      const { code } = stop.reason ?? HypertunaError.from(err)
      if (!FOR_NOW.has(code) || !(await this.#suspend(incoming))) await this.#discard(incoming)
      throw err
    } finally {
      reservation.release()
    }
  }

  async #resume(
    incoming: IncomingFile,
    { layer, from }: Resumption,
    { relayKey, onprogress }: StoreFileOptions,
    stop: Stop
  ): Promise<void> {
    if (!incoming.isHalfHere) return
    const finding = layer()
    await stop.wait(finding)
    const found = await finding
    if (found === null) return
    const bytes = await incoming.resume(found)
    this.#log('file-resumed', { relayKey, bytes })
    from(bytes)
    onprogress?.(bytes)
  }

  /** What was received stays as a half file. */
  async #suspend(incoming: IncomingFile): Promise<boolean> {
    try {
      return await incoming.suspend()
    } catch (err) {
      this.#log('suspend-failed', { err })
      return false
    }
  }

  /** How a file goes in. A seal is made from hash and size: without them it goes by the spool. */
  #route({ relayKey, fileHash, size, direct = false, resume }: StoreFileOptions): {
    direct: Directness
    seal: Seal | null
    slot: Slot | null
  } {
    const sealed = this.#keys.of(relayKey) !== null
    if (fileHash === null || size === undefined) {
      return { direct: sealed ? false : direct, seal: null, slot: null }
    }
    const which = { relayKey, hash: fileHash, size, sealed }
    const slot = resume === undefined ? null : this.#landing.partials.slot(which)
    return { direct, seal: this.#keys.fileSeal(relayKey, fileHash, size), slot }
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
    const tags = sealer === null ? 0 : blob.blockLength * TAG_SIZE
    if (blob.byteLength !== size + tags) {
      throw new HypertunaError('STORAGE_CORRUPT', 'What was received is not there any more')
    }
    const place = await this.#placeLayer(relayKey, digest, turn)
    const metadata = makeMetadata(facts, digest)
    const sealed = sealer !== null
    await incoming.complete()
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
    // What was checked piece by piece was sealed on its way into the spool already.
    const size = BLOCK_SIZE + (incoming.sealer === null ? 0 : TAG_SIZE)
    const toSeal = incoming.sealer === null ? sealer : null
    for await (const bytes of incoming.spooled.consume(size)) {
      stop.check()
      const blocks = []
      for (let at = 0; at < bytes.byteLength; at += size) blocks.push(bytes.subarray(at, at + size))
      await turn.write(toSeal === null ? blocks : toSeal.take(blocks))
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
