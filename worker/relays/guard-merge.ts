/**
 * Has two sides that wrote apart merged in few rounds.
 *
 * What is not signed can change its order, and then everything after it is replayed.
 * Autobase takes 64 nodes of others at a time and orders them in, so a device with a
 * thousand unsigned nodes of its own replays these for each 64 that come: the cost grows
 * with the square. Here a round takes as many nodes as there are to be replayed anyway,
 * and waits a moment for those that are on their way. What is replayed then stays within
 * a few times of what there is.
 */
import Autobase from 'autobase'
import type Hypercore from 'hypercore'

/** Nodes that Autobase takes at once. */
const BATCH = 64
/** Nodes that one round takes at most: a local append waits so long. */
const MOST = 4096
/** How long a node is waited for that somebody has told of, in ms. */
const ON_ITS_WAY = 250

const take = Autobase.prototype._addRemoteHeads

Autobase.prototype._addRemoteHeads = async function (): Promise<number> {
  const most = Math.min(MOST, this.linearizer.tip.tip.length)
  let taken = await take.call(this)
  for (let last = taken; taken > 0 && taken < most && !this._interrupting;) {
    if (last < BATCH && !(await arrives(this))) break
    last = await take.call(this)
    taken += last
  }
  return taken
}

/** Whether a node comes soon that is known to exist. */
async function arrives({ activeWriters }: Autobase): Promise<boolean> {
  const missing: { core: Hypercore; length: number }[] = []
  for (const { core, length, frozen } of activeWriters) {
    if (frozen || core.length <= length || (await core.has(length))) continue
    missing.push({ core, length })
  }
  // Asked all at once: what times out before it is awaited would end the process.
  const results = await Promise.allSettled(
    missing.map(({ core, length }) => core.get(length, { timeout: ON_ITS_WAY }))
  )
  return results.some(({ status }) => status === 'fulfilled')
}
