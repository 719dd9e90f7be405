/**
 * Lets a device follow a fork that is shorter than what it has signed, or indexed.
 *
 * After a fork Autobase cuts its cores back to the length that the fork names, and
 * then notes for the next start, and for itself, the length that it had indexed
 * before. Where that is more (a founder that came back after it had written alone),
 * it looks for blocks which the new core does not have, and stops for good. And one of
 * three who signed until then would sign the old cores once more with the very node
 * that forks, at a length to which they were cut back already, and wait for ever.
 */
import ApplyState from 'autobase/lib/apply-state.js'

const finalize = ApplyState.prototype.finalize

ApplyState.prototype.finalize = function (key: Uint8Array): Promise<void> {
  const { pendingFork, systemView, updates, localState, base } = this
  if (pendingFork !== null && systemView.indexedLength > pendingFork.length) {
    systemView.indexedLength = pendingFork.length
    // What was noted of the nodes since then begins too late, and was found wanting with
    // each exchange of cores from now on: they would be replayed beside themselves.
    base.hintWakeup(updates.map((update) => ({ key: update.key, length: update.length })))
    updates.length = 0
    localState.clearUpdates()
  }
  return finalize.call(this, key)
}

const append = ApplyState.prototype._appendLocalNodes

ApplyState.prototype._appendLocalNodes = function (nodes: unknown[]): Promise<void> {
  if (this.pendingFork !== null) this.localIndexer = false // it ends with this round
  return append.call(this, nodes)
}
