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

  /** The next files, each content once: its second one finds the first in the next group. */
  #takeGroup(): Waiting[] {
    const group: Waiting[] = []
    const later: Waiting[] = []
    const contents = new Set<string>()
    let bytes = 0
    for (const file of this.#queue) {
      const content = this.#keys.contentOf(file.target.relayKey, file.digest.hash)
      if (group.length === GROUP || bytes > GROUP_BYTES || contents.has(content)) later.push(file)
      else {
        group.push(file)
        contents.add(content)
        bytes += file.digest.size
      }
    }
    this.#queue = later
    return group
  }

  async #write(group: Waiting[], turn: BlobTurn): Promise<void> {
    const fresh: Waiting[] = []
    for (const file of group) {
      if (file.stop.reason !== null) file.reject(file.stop.reason)
      else if ((await this.#catalog.link(file.target)) !== null) file.resolve(true)
      else fresh.push(file)
    }
    if (fresh.length === 0) return
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
    try {
      await turn.write(written)
      await turn.cut()
      await this.#catalog.add(files)
    } catch (err) {
      await turn.undo()
      throw err
    }
    for (const { resolve } of fresh) resolve(false)
  }
}
