import 'bare-abort-controller/global'
import fs from 'bare-fs'
import { join } from 'bare-path'
import { randomBytes } from 'bare-crypto'
import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { PIECE_SIZE } from '../protocol/pieces.ts'
import { createSha256 } from '../protocol/sha256.ts'
import { choose } from './choose.ts'
import { fetchRange, type Block } from './fetch-range.ts'
import type { GatewayLimits } from './limits.ts'
import type { Located } from './locate.ts'
import type { Log } from './log.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { abortReason, throwIfAborted } from './wait.ts'

/**
 * A file whose record has no tree: fetched whole into a temporary file and
 * hashed before any of it is served. Each provider is tried alone, from the
 * beginning, because a wrong whole does not say whose part was wrong.
 *
 * The temporary file has no name on disk while it is open, so nothing is left
 * behind by a kill.
 */
export class Spool {
  /** Settles when the whole is there and right; see FileClient for the codes. */
  readonly filled: Promise<void>
  readonly size: number
  users = 0
  settled = false
  readonly #stop = new AbortController()
  #file: number | null = null
  #authorization: NostrEvent | null

  constructor(options: {
    directory: string
    relay: RelayPeers
    located: Located
    limits: GatewayLimits
    log: Log
  }) {
    this.size = options.located.record.size
    this.#authorization = options.located.authorization
    this.filled = this.#fill(options).finally(() => {
      this.settled = true
    })
    this.filled.catch(() => {}) // whoever waits for it hears of it
  }

  /**
   * Another client waits for it too, who was let: who came first may be let no more
   * before all is here.
   */
  join({ authorization }: Located): void {
    this.#authorization = authorization
  }

  /** Bytes `[start, end)` once it is filled. */
  async *read(start: number, end: number, signal: Signal): AsyncGenerator<Block> {
    for (let at = start; at < end;) {
      throwIfAborted(signal)
      if (this.#file === null) throw new HypertunaError('CLOSED', 'The file is no longer here')
      const block = Buffer.allocUnsafeSlow(Math.min(PIECE_SIZE, end - at))
      const read = await fs.read(this.#file, block, 0, block.byteLength, at)
      if (read === 0) throw new HypertunaError('STORAGE_FAILED', 'The temporary file was cut off')
      at += read
      yield [block.subarray(0, read)]
    }
  }

  /** Stops fetching and frees the disk. Closing twice is safe. */
  async close(): Promise<void> {
    this.#stop.abort(new HypertunaError('CANCELLED', 'Nobody waits for this file any more'))
    await this.filled.catch(() => {})
    const file = this.#file
    this.#file = null
    if (file !== null) await fs.close(file)
  }

  async #fill(options: {
    directory: string
    relay: RelayPeers
    located: Located
    limits: GatewayLimits
    log: Log
  }): Promise<void> {
    const { relay, located, limits, log } = options
    const { record } = located
    const { signal } = this.#stop
    const first = located.provider
    const choice = { relay, hash: record.hash, first, limits, signal, begun: false }
    const failed = new Map<Provider, HypertunaError>()
    this.#file = await createUnnamed(options.directory)
    for (;;) {
      throwIfAborted(signal)
      const provider = await choose(choice, failed)
      const authorization = this.#authorization
      try {
        const hasher = createSha256()
        let at = 0
        const asked = { limits, authorization, signal }
        const whole = { start: 0, end: record.size }
        for await (const block of fetchRange(provider, record, whole, asked)) {
          for (const chunk of block) {
            hasher.update(chunk)
            await write(this.#file, chunk, at)
            at += chunk.byteLength
          }
        }
        if (hasher.digest().toString('hex') === record.hash) return
        throw new HypertunaError('WRONG_BYTES', 'The file is not the one that was published')
      } catch (err) {
        if (signal.aborted) throw abortReason(signal)
        const error = HypertunaError.from(err)
        if (error.code === 'STORAGE_FULL' || error.code === 'STORAGE_FAILED') throw error
        const renewed = error.code === 'FORBIDDEN' && authorization !== this.#authorization
        if (!renewed) failed.set(provider, error)
        if (error.code === 'WRONG_BYTES') relay.setAside(provider, record.hash, error.message)
        log('provider replaced', {
          driveKey: provider.driveKey,
          error: authorization === null ? error : error.code
        })
      }
    }
  }
}

async function createUnnamed(directory: string): Promise<number> {
  const name = `hypertuna-gateway-${randomBytes(8).toString('hex')}.part`
  const path = join(directory, name)
  try {
    const file = await fs.open(path, 'wx+', 0o600)
    await fs.unlink(path)
    return file
  } catch (err) {
    throw storageError(err, `Cannot keep files in ${directory}`)
  }
}

async function write(file: number, block: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < block.byteLength;) {
    try {
      done += await fs.write(file, block, done, block.byteLength - done, at + done)
    } catch (err) {
      throw storageError(err, 'Cannot keep the file while it is checked')
    }
  }
}

function storageError(err: unknown, message: string): HypertunaError {
  const code = (err as { code?: unknown } | null)?.code
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new HypertunaError(full ? 'STORAGE_FULL' : 'STORAGE_FAILED', message, { cause: err })
}
