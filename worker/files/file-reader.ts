import b4a from 'b4a'
import type Hypercore from 'hypercore'
import { HypertunaError } from '../../protocol/errors.ts'
import { pieceCount } from '../../protocol/pieces.ts'
import { diskError, isDamage } from '../disk-error.ts'
import { unknownFile } from './catalog.ts'
import type { Entries } from './entries.ts'
import type { HeldFile } from './entry-value.ts'
import type { FileKeys } from './file-keys.ts'
import { readBlob, readWhole } from './read-blob.ts'
import type { Stop } from './stop.ts'

/** Bytes of a hash in a piece layer. */
const HASH_SIZE = 32

/** Reads files out of the drive, plain whatever they are in it. */
export class FileReader {
  readonly #core: Hypercore
  readonly #entries: Entries
  readonly #keys: FileKeys
  readonly #onspoilt: (relayKey: string, hash: string) => void

  /** @param onspoilt told of a file whose bytes are not what they were, once for each folder */
  constructor(
    core: Hypercore,
    entries: Entries,
    keys: FileKeys,
    onspoilt: (relayKey: string, hash: string) => void
  ) {
    this.#core = core
    this.#entries = entries
    this.#keys = keys
    this.#onspoilt = onspoilt
  }

  /** The bytes `start` to `end` (exclusive, clamped) in chunks of up to 64 KiB. */
  async *read(
    relayKey: string,
    hash: string,
    { start, end, stop }: { start: number; end: number | undefined; stop: Stop }
  ): AsyncGenerator<Uint8Array> {
    let file = await this.#held(relayKey, hash)
    const { size } = file
    const seal = this.#keys.fileSeal(relayKey, hash, size)
    const last = Math.min(end ?? size, size)
    for (let at = Math.max(0, start); ;) {
      try {
        const range = { start: at, end: last, seal, stop }
        for await (const chunk of readBlob(this.#core, file.blob, range)) {
          at += chunk.byteLength
          yield chunk
        }
        return
      } catch (err) {
        file = await this.#insteadOf(file, err)
      }
    }
  }

  /** The piece layer as it was kept when the file was stored. */
  async layer(relayKey: string, hash: string): Promise<Uint8Array> {
    for (let file = await this.#held(relayKey, hash); ;) {
      const { place, size } = file
      if (place.layerBlob === undefined) return b4a.from(place.layer ?? '', 'base64')
      const length = pieceCount(size) * HASH_SIZE
      const seal = this.#keys.layerSeal(relayKey, hash, length)
      try {
        return await readWhole(this.#core, place.layerBlob, length, seal)
      } catch (err) {
        file = await this.#insteadOf(file, err)
      }
    }
  }

  async #held(relayKey: string, hash: string): Promise<HeldFile> {
    const file = await this.#entries.get(relayKey, hash)
    if (file === null) throw unknownFile(hash)
    return file
  }

  /**
   * Where whoever was reading this file goes on: a damaged one may have come again meanwhile,
   * and then its old bytes are cleared. Of the same hash they are the same bytes.
   * @throws what is wrong with it, when it is the only one that is here
   */
  async #insteadOf(file: HeldFile, err: unknown): Promise<HeldFile> {
    const { code = null } = err instanceof HypertunaError ? err : {}
    const isSpoilt = code === null ? isDamage(err) : code === 'WRONG_BYTES'
    if (isSpoilt || code === 'UNKNOWN_FILE') {
      const now = await this.#entries.get(file.relayKey, file.hash)
      if (now !== null && now.blob.blockOffset !== file.blob.blockOffset) return now
    }
    if (!isSpoilt) throw diskError(err, 'A file cannot be read from the drive')
    throw this.#spoil(file, err)
  }

  /**
   * Sealed bytes that do not open, and others that the disk gave back other than it got them,
   * are no good to anybody: the file counts as missing.
   */
  #spoil(file: HeldFile, cause: unknown): HypertunaError {
    for (const folder of this.#entries.spoil(file)) this.#onspoilt(folder, file.hash)
    const message = 'The file is damaged on this disk, and is fetched again from who has it'
    return new HypertunaError('STORAGE_CORRUPT', message, { cause })
  }
}
