/**
 * Lets a Hyperbee remember what was just written to it.
 *
 * Hyperbee keeps what it reads in a cache, but not what it writes: of a batch of a
 * thousand entries each block is read from the disk again, one by one, as the next
 * batch goes down the tree. What is put into the caches here is what that reading would
 * put there, and Hyperbee takes out of it what a truncation cuts off.
 *
 * Its two caches are bounded together (the store's `globalCache`), though a node takes ten
 * times the memory of a key, and going down the tree asks for three keys for each node:
 * here the keys have a bound of their own.
 */
import b4a from 'b4a'
import Hyperbee from 'hyperbee'
import Rache from 'rache'

import { packBlocks, PackedBlock, packKeys } from './packed-bee.ts'
import type { PlainLevel } from './packed-bee.ts'

/** Keys of all Hyperbees together that stay in memory: some 5 MB. */
const CACHED_KEYS = 24_576

interface TreeNode {
  keys: { seq: number }[]
  children: { seq: number; offset: number }[]
}

/** A block on its way, with the nodes of the tree that it is to hold. */
interface Entry {
  seq: number
  key: Uint8Array
  value: Uint8Array | null
  pendingIndex: ({ value: TreeNode } | null)[]
}

interface Batch {
  readonly core: { readonly length: number; readonly fork: number }
  readonly tree: {
    readonly core: { readonly fork: number }
    readonly _keyCache: ReturnType<typeof packKeys> | null
    readonly _nodeCache: ReturnType<typeof packBlocks> | null
  }
  readonly length: number
  readonly blocks: Map<number, Entry>
  readonly appending: Uint8Array[] | null
  toBlocks(): Uint8Array[]
  _appendBatch(blocks: Uint8Array | Uint8Array[]): Promise<void>
}

interface Bee {
  _keyCache: object
  _nodeCache: object
  _open(): Promise<void>
}

const keys = new Rache({ maxSize: CACHED_KEYS })
const bees = Hyperbee.prototype as unknown as Bee
const { _open } = bees

bees._open = async function (this: Bee): Promise<void> {
  await _open.call(this)
  const KeyCache = this._keyCache.constructor as new (rache: Rache) => object
  this._keyCache = packKeys(new KeyCache(keys.sub()))
  this._nodeCache = packBlocks(this._nodeCache)
}

const sample = Hyperbee.prototype.batch.call({ _batches: [] } as never)
const prototype = Object.getPrototypeOf(sample) as Batch
const { toBlocks, _appendBatch } = prototype

/** What batches that are being written hold. */
const writing = new WeakMap<Batch, Entry[]>()

prototype.toBlocks = function (this: Batch): Uint8Array[] {
  if (this.appending !== null) return toBlocks.call(this)
  const { length } = this.core
  const entries = Array.from({ length: this.length }, (_, i) => this.blocks.get(length + i)!)
  const blocks = toBlocks.call(this) // which leaves in each entry what its block holds
  writing.set(this, entries)
  return blocks
}

prototype._appendBatch = async function (this: Batch, blocks): Promise<void> {
  const entries = writing.get(this) ?? []
  writing.delete(this)
  const { core, tree } = this
  const [first, fork] = [core.length, core.fork]
  await _appendBatch.call(this, blocks)
  // Somebody else wrote, or cut: then the blocks may be others than these.
  if (entries[0]?.seq !== first || core.fork !== fork || tree.core.fork !== fork) return
  if (core.length < first + entries.length) return
  for (const { seq, key, value, pendingIndex } of entries) {
    const text = b4a.toString(key, 'latin1') // one for both caches
    tree._keyCache?.keep(seq, text)
    const levels = pendingIndex.map((child) => levelOf(child!.value))
    tree._nodeCache?.set(seq, new PackedBlock(text, value, levels))
  }
}

/** A node of the tree as a block holds it. */
function levelOf({ keys, children }: TreeNode): PlainLevel {
  return {
    keys: keys.map(({ seq }) => seq),
    children: children.flatMap(({ seq, offset }) => [seq, offset])
  }
}
