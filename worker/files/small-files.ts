import type { FileDigest } from '../../protocol/pieces.ts'
import type { BlobTurn, BlobWriter } from './blob-writer.ts'
import type { Catalog, Target } from './catalog.ts'
import type { HeldFile } from './entry-value.ts'
import { inlineLayer, makeMetadata } from './file-facts.ts'
import { sealBlocks } from './file-keys.ts'
import type { FileKeys } from './file-keys.ts'
import type { Stop } from './stop.ts'

/** The most files that are written in one turn. */
const GROUP = 64
/** The most bytes that are appended in one turn. */
const GROUP_BYTES = 16 * 1024 * 1024

/** A file that is whole, right, and in memory. */
export interface SmallFile {
  target: Target
  digest: FileDigest
  blocks: Uint8Array[]
  stop: Stop
}

interface Waiting extends SmallFile {
  resolve: (linked: boolean) => void
  reject: (err: unknown) => void
}

/** Writes small files in groups: whoever waits while one group is written is in the next. */
export class SmallFiles {
  readonly #writer: BlobWriter
  readonly #catalog: Catalog
  readonly #keys: FileKeys
  #queue: Waiting[] = []
  #writing = false

  constructor(writer: BlobWriter, catalog: Catalog, keys: FileKeys) {
    this.#writer = writer
    this.#catalog = catalog
    this.#keys = keys
  }

  /** @returns true when the content was here already */
  add(file: SmallFile): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...file, resolve, reject })
      if (!this.#writing) void this.#drain()
    })
  }

  /** Never rejects: each file's own promise is told. */
  async #drain(): Promise<void> {
    this.#writing = true
    while (this.#queue.length > 0) {
      const turn = await this.#writer.take()
      const group = this.#takeGroup()
      try {
        await this.#write(group, turn)
      } catch (err) {
        for (const { reject } of group) reject(err)
      } finally {
        turn.end()
      }
    }
    this.#writing = false
  }

  /** The next files of one relay, each content once: its second one finds the first in the next group. */
  #takeGroup(): Waiting[] {
    const group: Waiting[] = []
    const later: Waiting[] = []
    const contents = new Set<string>()
    const relayKey = this.#queue[0]?.target.relayKey
    let bytes = 0
    for (const file of this.#queue) {
      const { hash, size } = file.digest
      const isFull = group.length === GROUP || bytes > GROUP_BYTES
      if (isFull || file.target.relayKey !== relayKey || contents.has(hash)) later.push(file)
      else {
        group.push(file)
        contents.add(hash)
        bytes += size
      }
    }
    this.#queue = later
    return group
  }

  /** One look at all of them, one append of blobs, and one batch of entries. */
  async #write(group: Waiting[], turn: BlobTurn): Promise<void> {
    const files = new Map<string, Waiting>()
    for (const file of group) {
      if (file.stop.reason !== null) file.reject(file.stop.reason)
      else files.set(file.digest.hash, file)
    }
    if (files.size === 0) return
    const targets = Array.from(files.values(), ({ target }) => target)
    const written = new Set<string>()
    try {
      await this.#catalog.addNew(targets, async (fresh) => {
        for (const { hash } of fresh) written.add(hash)
        return this.#writeBlobs(
          fresh.map(({ hash }) => files.get(hash)!),
          turn
        )
      })
    } catch (err) {
      await turn.undo()
      throw err
    }
    for (const [hash, { target, resolve }] of files) {
      // What was here already gets the facts that its entry lacked.
      if (!written.has(hash)) await this.#catalog.link(target)
      resolve(!written.has(hash))
    }
  }

  async #writeBlobs(fresh: Waiting[], turn: BlobTurn): Promise<HeldFile[]> {
    const files: HeldFile[] = []
    const written: Uint8Array[] = []
    for (const { target, digest, blocks } of fresh) {
      const { hash, size, layer } = digest
      const { relayKey, facts } = target
      const seal = this.#keys.fileSeal(relayKey, hash, size)
      const kept = sealBlocks(seal, blocks)
      const [blob, place, sealed] = [turn.plan(kept), inlineLayer(layer), seal !== null]
      const metadata = makeMetadata(facts, digest)
      files.push({ relayKey, hash, size, blob, place, sealed, metadata })
      written.push(...kept)
    }
    if (written.length === 0) return files
    await turn.write(written)
    await turn.cut()
    return files
  }
}
