/**
 * Reads every node as the one honest thing that it can mean.
 *
 * A member writes what it likes into its core, and Autobase believes what nodes say of
 * themselves: which nodes they have seen, and where a batch begins and ends. Some of it
 * ends everybody's process by an assertion that reaches no error listener (a head that is
 * named twice, a batch that is linked in its middle), and worse, a writer that never names
 * its own last node has everybody else name all of its nodes as heads from then on.
 *
 * What is done here follows from the raw blocks alone, so all do the same, and leaves what
 * Autobase itself writes as it is:
 * - of each writer the newest of the nodes that are named counts: it has seen the others;
 * - a node has seen the one before it, whether it says so or not;
 * - a batch is one piece: within it a node has seen the one before it and nothing else,
 *   and who has seen a part of it has seen all of it;
 * - no node is an optimistic one, which would be moved out of its batch: none is written here;
 * - a batch that does not end freezes its writer, before it fills the memory.
 */
import b4a from 'b4a'
import AutobaseWriter from 'autobase/lib/writer.js'

/** Nodes of one batch, and blocks of views that one node asks to be fetched ahead. */
const MOST = 16_384

const load = AutobaseWriter.prototype._loadNextNode

AutobaseWriter.prototype._loadNextNode = async function (): Promise<boolean> {
  if (!(await load.call(this))) return false
  if (this.node === null) return true
  if (this.nodes.length - this.available >= MOST) {
    this.frozen = true
    this.node = null
    return false
  }
  readHonestly(this.node, this)
  return true
}

function readHonestly(node: AutobaseWriter.Node, { core, nodes }: AutobaseWriter): void {
  node.batch = Math.max(1, node.batch)
  node.optimistic = false
  const before = { key: core.key, length: node.length - 1 }
  const previous = nodes.get(node.length - 2)
  if (previous !== null && previous.batch > 1) {
    node.heads = []
    node.actualHeads = [before]
  } else {
    node.heads = newestOfEach(node.heads)
    if (before.length > 0) node.actualHeads.push(before)
  }
  if (countOf(node.trace) > MOST) node.trace = null
}

function newestOfEach(heads: AutobaseWriter.Head[]): AutobaseWriter.Head[] {
  if (heads.length < 2) return heads
  const newest = new Map<string, AutobaseWriter.Head>()
  for (const head of heads) {
    const writer = b4a.toString(head.key, 'hex')
    const other = newest.get(writer)
    if (other === undefined || other.length < head.length) newest.set(writer, head)
  }
  return newest.size === heads.length ? heads : [...newest.values()]
}

function countOf(trace: AutobaseWriter.Node['trace']): number {
  if (!trace) return 0
  const { system, encryption, user } = trace
  return user.reduce((sum, { blocks }) => sum + blocks.length, system.length + encryption.length)
}

const ensure = AutobaseWriter.prototype._ensureNodeDependencies

AutobaseWriter.prototype._ensureNodeDependencies = async function (boot): Promise<boolean> {
  if (!(await ensure.call(this, boot))) return false
  const { dependencies, actualHeads } = this.node!
  for (const seen of [...dependencies]) {
    const end = endOfBatch(seen)
    if (end === seen) continue
    dependencies.delete(seen)
    dependencies.add(end)
    actualHeads.push({ key: end.writer.core.key, length: end.length })
  }
  return true
}

/** The last node of a node's batch; of one that is not whole yet, the last one so far. */
function endOfBatch(node: AutobaseWriter.Node): AutobaseWriter.Node {
  let end = node
  while (end.batch > 1) {
    const next = end.writer.nodes.get(end.length)
    if (next === null) break
    end = next
  }
  return end
}
