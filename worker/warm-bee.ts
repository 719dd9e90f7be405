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
 * here each has a bound of its own, for all Hyperbees together.
 */
import Hyperbee from 'hyperbee'

import { makeAside } from '../protocol/aside.ts'
import { FlatCache } from './flat-cache.ts'
import { KeptBlocks, KeptKeys } from './packed-bee.ts'

const BLOCKS = { bytes: 8 * 1024 * 1024, records: 24_576 }
const KEYS = { bytes: 3 * 1024 * 1024, records: 32_768 }

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
    readonly _keyCache: KeptKeys | null
    readonly _nodeCache: KeptBlocks | null
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

const blocks = new FlatCache(BLOCKS)
const keys = new FlatCache(KEYS)
const bees = Hyperbee.prototype as unknown as Bee
const { _open } = bees

bees._open = async function (this: Bee): Promise<void> {
  await _open.call(this)
  this._keyCache = new KeptKeys(keys)
  this._nodeCache = new KeptBlocks(blocks)
}

const sample = Hyperbee.prototype.batch.call({ _batches: [] } as never)
const prototype = Object.getPrototypeOf(sample) as Batch
const { toBlocks, _appendBatch } = prototype

/** What batches that are being written hold. */
const writing = makeAside<Batch, Entry[]>()

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
  writing.set(this, [])
  const { core, tree } = this
  const [first, fork] = [core.length, core.fork]
  await _appendBatch.call(this, blocks)
  // Somebody else wrote, or cut: then the blocks may be others than these.
  if (entries[0]?.seq !== first || core.fork !== fork || tree.core.fork !== fork) return
  if (core.length < first + entries.length) return
  for (const { seq, key, value, pendingIndex } of entries) {
    tree._keyCache?.set(seq, key)
    const levels = pendingIndex.map((child) => child!.value)
    tree._nodeCache?.keep(seq, { key, value }, levels)
  }
}
