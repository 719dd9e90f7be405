/**
 * Lets a key that was deleted from a Hyperbee be gone.
 *
 * As Hyperbee looks for a key it stops at a block that was written for this key, and
 * takes what the block says. That block may still hold a part of the tree after the
 * key was deleted from another part: somebody removed would go on being a member,
 * at one removal in some dozens. Here the tree is followed to its end, but for its root:
 * that is the newest block, and what it says is so. Autobase needs that when it takes
 * over what others have signed: it has the newest block then, and waits for no other.
 */
import b4a from 'b4a'
import Hyperbee from 'hyperbee'

import { childHere, keyHere } from './quick-bee.ts'
import type { TreeNode as Node } from './quick-bee.ts'

interface Codec {
  encode(value: unknown): Uint8Array
}

interface Block {
  final(encoding: { key: Codec | null }): unknown
}

type TreeNode = Node & {
  block: Block & { isTarget(key: Uint8Array): boolean; isDeletion(): boolean }
}

interface Batch {
  readonly tree: { extension: unknown }
  readonly options: { extension?: boolean; onwait?: unknown }
  _onwait(key: Uint8Array): void
  getRoot(ensureHeader: boolean): Promise<TreeNode | null>
  getBlock(seq: number): Promise<Block>
  _get(key: unknown, encoding: { key: Codec | null }, finalize: boolean): Promise<unknown>
}

const sample = Hyperbee.prototype.batch.call({ _batches: [] } as never)
const prototype = Object.getPrototypeOf(sample) as Batch

prototype._get = async function (this: Batch, key, encoding, finalize): Promise<unknown> {
  const target = encoded(encoding.key, key)
  if (this.tree.extension !== null && this.options.extension !== false) {
    this.options.onwait = this._onwait.bind(this, target)
  }
  const node = await this.getRoot(false)
  if (node?.block.isTarget(target) === true) {
    if (node.block.isDeletion()) return null
    return finalize ? node.block.final(encoding) : node.block
  }
  for (let at: Node | null = node; at !== null;) {
    let [start, end] = [0, at.keys.length]
    while (start < end) {
      const middle = (start + end) >> 1
      const order = b4a.compare(target, keyHere(at, middle) ?? (await at.getKey(middle)))
      if (order === 0) {
        const block = await this.getBlock(at.keys[middle]!.seq)
        return finalize ? block.final(encoding) : block
      }
      if (order < 0) end = middle
      else start = middle + 1
    }
    if (at.children.length === 0) return null
    at = childHere(at, start) ?? (await at.getChildNode(start))
  }
  return null
}

function encoded(codec: Codec | null, key: unknown): Uint8Array {
  if (codec !== null) return codec.encode(key)
  return typeof key === 'string' ? b4a.from(key) : (key as Uint8Array)
}
