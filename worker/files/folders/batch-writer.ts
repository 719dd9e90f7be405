/**
 * The sink of an import: many small files into the drive at once, as one append of blobs
 * and one batch of entries.
 */
import { HypertunaError } from '../../../protocol/errors.ts'
import { FileHasher } from '../../../protocol/pieces.ts'
import type { FileDigest } from '../../../protocol/pieces.ts'
import type { BlobTurn, BlobWriter } from '../blob-writer.ts'
import { BLOCK_SIZE } from '../blocks.ts'
import type { Catalog, Target } from '../catalog.ts'
import type { FileMetadata, HeldFile } from '../entry-value.ts'
import { inlineLayer, makeMetadata } from '../file-facts.ts'
import { sealBlocks } from '../file-keys.ts'
import type { FileKeys } from '../file-keys.ts'
import type { Space } from '../space.ts'
import type { Signal } from '../stop.ts'

/** A file that is whole and in memory. */
export interface WholeFile {
  digest: FileDigest
  bytes: Uint8Array
  facts: Partial<FileMetadata>
}

export interface BatchParts {
  writer: BlobWriter
  catalog: Catalog
  keys: FileKeys
  space: Space
}

/** Hashes a file that is whole: its bytes are not copied, and must stay as they are. */
export function wholeFile(bytes: Uint8Array, facts: Partial<FileMetadata>): WholeFile {
  const hasher = new FileHasher()
  hasher.update(bytes)
  return { digest: hasher.digest(), bytes, facts }
}

export class BatchWriter {
  readonly #parts: BatchParts
  #closing = false
  #work: Promise<unknown> = Promise.resolve()

  constructor(parts: BatchParts) {
    this.#parts = parts
  }

  /**
   * Stores the files in a relay's folder, all or none.
   *
   * @param files at most a few hundred, each of at most 1 MiB
   * @throws CANCELLED, CLOSED, STORAGE_*
   */
  store(relayKey: string, files: WholeFile[], signal: Signal): Promise<void> {
    const stored = this.#work.then(() => this.#store(relayKey, files, signal))
    // Who waits for the next batch has nothing to do with how this one ended.
    this.#work = stored.catch(() => {})
    return stored
  }

  /** Waits for what is under way, and takes nothing more. */
  async close(): Promise<void> {
    this.#closing = true
    await this.#work
  }

  async #store(relayKey: string, files: WholeFile[], signal: Signal): Promise<void> {
    const { writer, catalog, space } = this.#parts
    if (this.#closing) throw new HypertunaError('CLOSED', 'The drive is closing')
    if (signal.aborted) throw new HypertunaError('CANCELLED', 'It was cancelled')
    const contents = new Map(files.map((file) => [file.digest.hash, file]))
    let bytes = 0
    for (const { digest } of contents.values()) bytes += digest.size
    const reservation = await space.reserve(bytes)
    const turn = await writer.take()
    try {
      const targets = Array.from(contents, ([hash, { facts }]) => ({ relayKey, hash, facts }))
      await catalog.addNew(targets, (fresh) => this.#write(fresh, contents, turn))
    } catch (err) {
      await turn.undo()
      throw err
    } finally {
      turn.end()
      reservation.release()
    }
  }

  async #write(
    fresh: Target[],
    contents: Map<string, WholeFile>,
    turn: BlobTurn
  ): Promise<HeldFile[]> {
    const { keys } = this.#parts
    const blocks: Uint8Array[] = []
    const held = fresh.map(({ relayKey, hash, facts }): HeldFile => {
      const { digest, bytes } = contents.get(hash)!
      const { size, layer } = digest
      const seal = keys.fileSeal(relayKey, hash, size)
      const kept = sealBlocks(seal, blocksOf(bytes))
      const blob = turn.plan(kept)
      blocks.push(...kept)
      const [place, metadata] = [inlineLayer(layer), makeMetadata(facts, digest)]
      return { relayKey, hash, size, blob, place, sealed: seal !== null, metadata }
    })
    await turn.write(blocks)
    await turn.cut()
    return held
  }
}

function blocksOf(bytes: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += BLOCK_SIZE) {
    blocks.push(bytes.subarray(at, at + BLOCK_SIZE))
  }
  return blocks
}
