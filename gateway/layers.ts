import { HypertunaError } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import { layerRoot, pieceCount, PIECE_SIZE } from '../protocol/pieces.ts'
import { choose } from './choose.ts'
import type { GatewayLimits } from './limits.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { throwIfAborted, within } from './wait.ts'

/** A file with a tree, who may have it, and what lets us have it. */
export interface TreeOf {
  record: FileRecord & { piecesRoot: string }
  provider: Provider | null
  authorization: NostrEvent | null
}

/**
 * The piece layers of files in use, each checked against its root, and the last
 * ones used: a player that seeks asks for many ranges of one file. They are
 * named by their root, so a remembered one never goes stale.
 */
export class Layers {
  #limits: GatewayLimits
  #recent = new Map<string, Uint8Array>()
  #recentBytes = 0
  #usedBytes = 0

  constructor(limits: GatewayLimits) {
    this.#limits = limits
  }

  /**
   * The layer of a located file, from memory or from its members. Call `release`
   * with the same record when done with it.
   *
   * @throws {HypertunaError} BUSY when running responses hold too much already,
   *   WRONG_BYTES when everybody gave a layer that is not under the root, or
   *   why nobody gave one, or the signal's reason
   */
  async acquire(relay: RelayPeers, located: TreeOf, signal: Signal): Promise<Uint8Array> {
    const { record } = located
    const bytes = layerBytes(record)
    if (this.#usedBytes + bytes > this.#limits.layers) {
      throw new HypertunaError('BUSY', 'Too many large files are being served; try again shortly')
    }
    this.#usedBytes += bytes
    try {
      const layer = this.#recall(record) ?? (await this.#fetch(relay, located, signal))
      this.remember(record.piecesRoot, layer)
      return layer
    } catch (err) {
      this.#usedBytes -= bytes
      throw err
    }
  }

  release(record: FileRecord): void {
    this.#usedBytes -= layerBytes(record)
  }

  #recall(record: FileRecord & { piecesRoot: string }): Uint8Array | null {
    if (record.size <= PIECE_SIZE) {
      const layer = Buffer.from(record.size === 0 ? '' : record.piecesRoot, 'hex')
      if (layerRoot(layer, record.size) === record.piecesRoot) return layer
    }
    const layer = this.#recent.get(record.piecesRoot)
    return layer?.byteLength === layerBytes(record) ? layer : null
  }

  /** Keeps a layer that is under its root. */
  remember(root: string, layer: Uint8Array): void {
    if (this.#recent.delete(root)) this.#recentBytes -= layer.byteLength
    if (layer.byteLength > this.#limits.layers / 4) return
    this.#recent.set(root, layer)
    this.#recentBytes += layer.byteLength
    for (const [oldest, { byteLength }] of this.#recent) {
      if (this.#recentBytes <= this.#limits.layers) break
      this.#recent.delete(oldest)
      this.#recentBytes -= byteLength
    }
  }

  async #fetch(relay: RelayPeers, located: TreeOf, signal: Signal): Promise<Uint8Array> {
    const { authorization } = located
    const { hash, size, piecesRoot } = located.record
    const limits = this.#limits
    const choice = { relay, hash, first: located.provider, limits, signal, begun: false }
    const failed = new Map<Provider, HypertunaError>()
    for (;;) {
      const provider = await choose(choice, failed)
      try {
        const asked = provider.channel.pieces({ hash, size, authorization, signal })
        const layer = await within(asked, limits.stall, signal)
        if (layerRoot(layer, size) === piecesRoot) return layer
        throw new HypertunaError('WRONG_BYTES', 'The hashes are not those that were published')
      } catch (err) {
        throwIfAborted(signal)
        failed.set(provider, HypertunaError.from(err)) // nobody to blame: the root may be wrong
      }
    }
  }
}

function layerBytes(record: FileRecord): number {
  return pieceCount(record.size) * 32
}
