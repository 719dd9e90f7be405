/**
 * Another member's drive, read from wherever it is replicated: a blind peer, or a member
 * who has a copy. The way of last resort, when nobody who has a file can be dialled.
 *
 * What is read is checked like anything else that comes from others. Hypercore has no
 * read that does not store, so each range is cleared again behind its reader.
 */
import b4a from 'b4a'
import type Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import type { FileRequest, PiecesRequest, Signal } from '../../protocol/file-channel/channel.ts'
import { MAX_LAYER } from '../../protocol/file-channel/limits.ts'
import { pieceCount } from '../../protocol/pieces.ts'
import { Seal, fileSealKey, layerSealKey } from '../../protocol/seal.ts'
import { BLOCK_SIZE } from './blocks.ts'
import { openKept, readKept } from './entry-value.ts'
import type { HeldFile } from './entry-value.ts'
import type { FileSource, FileStream } from './file-source.ts'

/** How long each step may take, in ms: none of them ends by itself when nobody answers. */
const PATIENCE = 10_000
/** Blocks that are asked for at once: of one range. */
const AHEAD = 16

/** Whose folder is read, and what opens its files. */
export interface ReplicaFolder {
  relayKey: string
  /** 32 bytes; null where files lie open. */
  fileKey(): Uint8Array | null
}

/**
 * Somebody else's drive, to be read alone.
 *
 * @param store a session of its own, which is closed with the drive
 */
export function openOthers(store: Corestore, driveKey: string): Hyperdrive {
  return new Hyperdrive(store, b4a.from(driveKey, 'hex'))
}

export class Replica extends ReadyResource implements FileSource {
  readonly peer: { pubkey: null; driveKey: string }
  reason: HypertunaError | null = null
  readonly #drive: Hyperdrive
  readonly #folder: ReplicaFolder
  readonly #stopped = Promise.withResolvers<never>()

  /** @param drive a session of its own, which is closed with this */
  constructor(drive: Hyperdrive, driveKey: string, folder: ReplicaFolder) {
    super()
    this.#drive = drive
    this.#folder = folder
    this.#stopped.promise.catch(() => {}) // who stops it need not be waited for by anybody
    this.peer = { pubkey: null, driveKey }
  }

  /** Whoever waits for it to open waits no more. */
  stop(): void {
    this.#stopped.reject(closed())
  }

  /** @throws NOBODY_ONLINE when nobody who is connected has the drive */
  override async _open(): Promise<void> {
    try {
      await this.#within(this.#drive.ready())
      const done = this.#drive.findingPeers()
      try {
        await this.#within(this.#drive.update({ wait: true }))
        if (!this.isReachable) throw unreachable()
        await this.#within(this.#drive.getBlobs())
      } finally {
        done()
      }
    } catch (err) {
      this.reason = HypertunaError.from(err, 'NOBODY_ONLINE')
      this.#letGo()
      throw this.reason
    }
  }

  override async _close(): Promise<void> {
    this.reason ??= closed()
    this.#letGo()
  }

  #within<T>(work: Promise<T>): Promise<T> {
    return within(Promise.race([work, this.#stopped.promise]))
  }

  /** Nobody waits for it: what is no drive at all may never have opened, and then does not close. */
  #letGo(): void {
    this.#drive.close().catch(() => {}) // nothing was written, so nothing is lost
  }

  /** Whether somebody who is connected has the drive. */
  get isReachable(): boolean {
    return this.reason === null && this.#drive.core.peers.length > 0
  }

  async request({ hash, offset = 0, length = -1, signal }: FileRequest): Promise<{
    head: { size: number }
    stream: FileStream
  }> {
    const file = await this.#find(hash)
    const end = length < 0 ? file.size : Math.min(file.size, offset + length)
    const bytes = this.#read(file, offset, end, signal)
    const stream = {
      [Symbol.asyncIterator]: () => bytes,
      destroy: () => void bytes.return().catch(() => {}) // it has not begun, so nothing can fail
    }
    return { head: { size: file.size }, stream }
  }

  async pieces({ hash, size: known }: PiecesRequest): Promise<Uint8Array> {
    const { place, size } = await this.#find(hash)
    const length = pieceCount(size) * 32
    // Its owner says how long it is: no more is taken than the file can have.
    if ((known !== undefined && size !== known) || length > MAX_LAYER) {
      throw new HypertunaError('WRONG_BYTES', 'This drive’s file has another size')
    }
    if (place.layerBlob === undefined) return b4a.from(place.layer ?? '', 'base64')
    const { fileKey } = this.#folder
    const key = fileKey()
    const seal = key === null ? null : new Seal(layerSealKey(key, hash), length)
    const layer = new Uint8Array(length)
    let at = 0
    const blocks = Math.ceil(length / BLOCK_SIZE)
    for await (const part of this.#blocks(place.layerBlob, 0, blocks, seal)) {
      if (at + part.byteLength > length) {
        throw new HypertunaError('WRONG_BYTES', 'A block of this drive has another size')
      }
      layer.set(part, at)
      at += part.byteLength
    }
    return layer.subarray(0, at)
  }

  async #find(hash: string): Promise<HeldFile> {
    const { relayKey, fileKey } = this.#folder
    const entry = await within(this.#drive.entry(`/${relayKey}/${hash}`))
    const kept = entry === null ? null : readKept(entry)
    const file = kept === null ? null : openKept(kept, fileKey())
    if (file === null) throw new HypertunaError('NOT_HELD', 'This copy of the drive lacks the file')
    if (file.blob.blockLength !== Math.ceil(file.size / BLOCK_SIZE)) {
      throw new HypertunaError('WRONG_BYTES', 'This drive keeps the file in another way')
    }
    return file
  }

  async *#read(
    { hash, size, blob }: HeldFile,
    start: number,
    end: number,
    signal: Signal | undefined
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const key = this.#folder.fileKey()
    const seal = key === null ? null : new Seal(fileSealKey(key, hash), size)
    const first = Math.floor(start / BLOCK_SIZE)
    let at = first * BLOCK_SIZE
    for await (const plain of this.#blocks(blob, first, Math.ceil(end / BLOCK_SIZE), seal)) {
      if (signal?.aborted === true) throw new HypertunaError('CANCELLED', 'Not needed any more')
      if (plain.byteLength !== Math.min(BLOCK_SIZE, size - at)) {
        throw new HypertunaError('WRONG_BYTES', 'A block of this drive has another size')
      }
      yield plain.subarray(Math.max(0, start - at), Math.min(plain.byteLength, end - at))
      at += plain.byteLength
    }
  }

  /** Blocks `from` to `to` of a blob, plain; they are cleared again behind the reader. */
  async *#blocks(
    { blockOffset }: Hyperdrive.BlobId,
    from: number,
    to: number,
    seal: Seal | null
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { core } = await within(this.#drive.getBlobs())
    const fetched: number[] = []
    try {
      for (let at = from; at < to; at += AHEAD) {
        const group: number[] = []
        for (let i = at; i < Math.min(to, at + AHEAD); i++) {
          const index = blockOffset + i
          // Its owner says which core this is, and may name one of ours: of that nothing goes.
          if (!(await core.has(index))) fetched.push(index)
          group.push(index)
        }
        // Asked all at once: what times out before it is awaited would end the process.
        const reading = group.map((index) => core.get(index, { timeout: PATIENCE }))
        for (const [i, block] of (await all(reading)).entries()) {
          if (block === null) throw unreachable()
          yield seal === null ? block : seal.open(at + i, block)
        }
      }
    } finally {
      for (const index of core.closing ? [] : fetched) await core.clear(index)
    }
  }
}

/** What nobody who is connected has does not come, and does not fail by itself either. */
async function all(blocks: Promise<Uint8Array | null>[]): Promise<(Uint8Array | null)[]> {
  try {
    return await Promise.all(blocks)
  } catch (err) {
    await Promise.allSettled(blocks)
    throw HypertunaError.from(err, 'NOBODY_ONLINE')
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unreachable()), PATIENCE)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => {}) // it may still fail when the drive closes: nobody waits for it then
  }
}

function unreachable(): HypertunaError {
  return new HypertunaError('NOBODY_ONLINE', 'Nobody who is connected has a copy of this drive')
}

function closed(): HypertunaError {
  return new HypertunaError('CLOSED', 'The copy of this drive is read no more')
}
