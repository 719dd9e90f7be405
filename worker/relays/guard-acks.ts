/**
 * Has those who sign go on until everything that was said is signed.
 *
 * A signer of Autobase answers what it sees by an empty node of its own, an ack, and stops as
 * soon as that brings nothing nearer to a majority as far as one step is looked ahead. Two
 * that answer each other at the same moment are both satisfied, and neither's node confirms
 * the other's: with the third one away, or just as unlucky, what was said remains unsigned
 * until somebody says more. Here whoever sees that acks once more. By then one of them has
 * seen the other's, or they are at it again, at random times, until one of them has. It ends
 * when all is signed, and with one who is alone: nobody answers itself.
 */
import Linearizer from 'autobase/lib/linearizer.js'

const shouldAck = Linearizer.prototype.shouldAck

Linearizer.prototype.shouldAck = function (writer, pending): boolean {
  return shouldAck.call(this, writer, pending) || isStuck(this, writer)
}

/** Whether all is quiet, something is not signed, and an ack of this writer's may help. */
function isStuck(linearizer: Linearizer, writer: Linearizer.Writer | null): boolean {
  if (writer === null || !writer.isActiveIndexer) return false
  if (linearizer.indexers.some(({ length, available }) => length !== available)) return false
  const heads = [...linearizer.heads]
  if (heads.length === 1 && heads[0]?.writer === writer) return false
  const visited = new Set<Linearizer.Node>()
  return [...linearizer.tails].some((tail) => linearizer._nonNull(tail, visited))
}
