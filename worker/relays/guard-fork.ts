/**
 * Lets a device follow a fork that is shorter than what it has signed, or indexed.
 *
 * After a fork Autobase cuts its cores back to the length that the fork names, and
 * then notes for the next start, and for itself, the length that it had indexed
 * before. Where that is more (a founder that came back after it had written alone),
 * it looks for blocks which the new core does not have, and stops for good.
 */
import ApplyState from 'autobase/lib/apply-state.js'

const finalize = ApplyState.prototype.finalize

ApplyState.prototype.finalize = function (key: Uint8Array): Promise<void> {
  if (this.pendingFork !== null) this.systemView.indexedLength = this.pendingFork.length
  return finalize.call(this, key)
}
