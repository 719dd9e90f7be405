/**
 * Keeps one member's crafted block from ending everybody's process.
 *
 * Autobase asserts that a node names each of its heads once, in the middle of
 * linearising, where a failed assertion reaches no error listener. A member can
 * write such a node on purpose. Here it is looked at as it is loaded, from the
 * raw block, which is the same for everyone: the writer is frozen at that point,
 * by all alike, and what it wrote before stays.
 */
import b4a from 'b4a'
import AutobaseWriter from 'autobase/lib/writer.js'

const load = AutobaseWriter.prototype._loadNextNode

AutobaseWriter.prototype._loadNextNode = async function (): Promise<boolean> {
  if (!(await load.call(this))) return false
  if (this.node === null || !namesTwice(this.node.heads)) return true
  this.frozen = true
  this.node = null
  return false
}

function namesTwice(heads: { key: Uint8Array }[]): boolean {
  const seen = new Set<string>()
  for (const { key } of heads) seen.add(b4a.toString(key, 'hex'))
  return seen.size < heads.length
}
