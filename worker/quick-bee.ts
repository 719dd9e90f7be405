/**
 * Lets a Hyperbee go down its tree without waiting for what is in memory.
 *
 * Hyperbee makes a promise, and takes a lock, for each key that it compares and for each
 * node that it comes to: some hundred for one event, nearly all of them for what its caches
 * hold. That took a third of the memory that storing an event takes, and a fourth of the
 * time. Here what is in memory is given at once; what is not, Hyperbee reads as ever.
 */
import Hyperbee from 'hyperbee'

import { Levels, PackedBlock } from './packed-bee.ts'

interface Cache<T> {
  get(seq: number): T | null
}

/** A block as it is cached, which has its key. */
interface Cached {
  readonly key: Uint8Array
}

export interface Block {
  readonly seq: number
  readonly key: Uint8Array
  readonly tree: Batch
  /** Its nodes; null until they are made of what is cached. */
  index: Levels | null
  getTreeNode(offset: number): TreeNode
}

/** A node of the tree, as far as it was read. */
export interface TreeNode {
  readonly block: Block
  readonly keys: { seq: number; value: Uint8Array | null }[]
  readonly children: { seq: number; offset: number; value: TreeNode | null }[]
  getKey(index: number): Promise<Uint8Array> | Uint8Array
  getChildNode(index: number): Promise<TreeNode> | TreeNode
}

/** A session of a core, as far as what it tells goes. */
interface Session {
  readonly length: number
  /** Another one whenever its end was cut off. */
  readonly fork: number
  readonly opened: boolean
  /** What all sessions of one core have in common; null when it is closed. */
  readonly core: object | null
}

/** A Hyperbee. */
interface Tree {
  readonly core: Session
  readonly opened: boolean
  readonly _checkout: number
  readonly _keyCache: Cache<Uint8Array> | null
  readonly _nodeCache: Cache<Cached> | null
}

/** What Hyperbee reads one moment of it with, and writes. */
interface Batch {
  readonly core: Session
  readonly tree: Tree
  readonly version: number
  readonly length: number
  readonly checkout: number
  readonly shouldUpdate: boolean
  readonly blocks: Map<number, Block> | null
  readonly maxBlocksCached: number
  rootSeq: number
  onseq(seq: number): void
  getRoot(ensureHeader: boolean): Promise<TreeNode | null> | TreeNode | null
  getKey(seq: number): Promise<Uint8Array> | Uint8Array
  getBlock(seq: number): Promise<Block> | Block
  _getBlock(seq: number): Promise<Block>
}

const sample = Hyperbee.prototype.batch.call({ _batches: [] } as never)
const batches = Object.getPrototypeOf(sample) as Batch

/** A block of no tree in particular: Hyperbee does not export what it makes them of. */
const block = await batches._getBlock.call(
  {
    blocks: null,
    onseq: () => {},
    _getNode: () => ({ inflated: { levels: [{ keys: [], children: [] }] } }),
    core: { core: {} }
  } as never,
  0
)
const MadeBlock = block.constructor as new (seq: number, tree: Batch, entry: Cached) => Block
const nodes = Object.getPrototypeOf(block.getTreeNode(0)) as TreeNode

const { getKey, getBlock, getRoot } = batches
const { getKey: getKeyOf, getChildNode } = nodes

/** A node's key, when it is in memory. */
export function keyHere(node: TreeNode, index: number): Uint8Array | null {
  const key = node.keys[index]!
  if (key.value) return key.value
  const { block } = node
  const found = key.seq === block.seq ? block.key : keyIn(block.tree, key.seq)
  if (found) key.value = found
  return found
}

/** A node's child, when it is in memory. */
export function childHere(node: TreeNode, index: number): TreeNode | null {
  const child = node.children[index]!
  if (child.value) return child.value
  const { block } = node
  const from = child.seq === block.seq ? block : blockIn(block.tree, child.seq)
  if (from === null) return null
  return (child.value = from.getTreeNode(child.offset))
}

/** By a Hyperbee, all that are of the same core, and it. */
const kin = new WeakMap<Tree, Set<Tree>>()

/**
 * Lets Hyperbees of one core answer from each other's memory. Autobase has two of each view,
 * one that it writes and one that others read: what was just written was read from the disk
 * again to be judged by, and what was read to be judged by was read again to be written on.
 */
export class Kin {
  readonly #bees = new Set<Tree>()

  add(bee: object): void {
    this.#bees.add(bee as Tree)
    kin.set(bee as Tree, this.#bees)
  }

  delete(bee: object): void {
    this.#bees.delete(bee as Tree)
    kin.delete(bee as Tree)
  }
}

/** Of another fork the caches say nothing. */
const agrees = ({ core, tree }: Batch): boolean => core.fork === tree.core.fork

/** What another Hyperbee has in memory: of one core and one fork, what both have is the same. */
function ofKin<T>({ core, tree }: Batch, seq: number, ask: (other: Tree) => T | null): T | null {
  if (core.core === null || seq >= core.length) return null
  for (const other of kin.get(tree) ?? []) {
    const theirs = other.core
    if (other === tree || !other.opened || theirs.core !== core.core) continue
    if (theirs.fork !== core.fork || seq >= theirs.length) continue
    const found = ask(other)
    if (found !== null) return found
  }
  return null
}

function keyIn(batch: Batch, seq: number): Uint8Array | null {
  const known = agrees(batch) ? batch.tree._keyCache?.get(seq) : null
  const here = known ?? batch.blocks?.get(seq)?.key
  if (here || !agrees(batch)) return here ?? null
  return ofKin(batch, seq, ({ _keyCache: keys }) => keys?.get(seq) ?? null)
}

function blockIn(batch: Batch, seq: number): Block | null {
  const held = batch.blocks?.get(seq)
  if (held !== undefined) return held
  if (!agrees(batch)) return null
  const entry =
    batch.tree._nodeCache?.get(seq) ??
    ofKin(batch, seq, ({ _nodeCache: blocks }) => blocks?.get(seq) ?? null)
  if (!entry) return null
  batch.onseq(seq)
  const made = new MadeBlock(seq, batch, entry)
  if (entry instanceof PackedBlock) made.index = new Levels(entry)
  const { blocks } = batch
  if (blocks !== null && blocks.size - batch.length < batch.maxBlocksCached) blocks.set(seq, made)
  return made
}

nodes.getKey = function (this: TreeNode, index) {
  return keyHere(this, index) ?? getKeyOf.call(this, index)
}

nodes.getChildNode = function (this: TreeNode, index) {
  return childHere(this, index) ?? getChildNode.call(this, index)
}

batches.getKey = function (this: Batch, seq) {
  return keyIn(this, seq) ?? getKey.call(this, seq)
}

batches.getBlock = function (this: Batch, seq) {
  if (this.rootSeq === 0) this.rootSeq = seq
  return blockIn(this, seq) ?? getBlock.call(this, seq)
}

batches.getRoot = function (this: Batch, ensureHeader) {
  const { core, tree } = this
  const updates = tree._checkout === 0 && this.checkout === -1 && this.shouldUpdate
  if (!core.opened || !tree.opened || updates || core.length === 0 || this.version < 2) {
    return getRoot.call(this, ensureHeader)
  }
  const seq = this.version - 1
  if (this.rootSeq === 0) this.rootSeq = seq
  return blockIn(this, seq)?.getTreeNode(0) ?? getRoot.call(this, ensureHeader)
}
