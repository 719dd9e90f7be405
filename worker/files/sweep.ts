import type { Kept } from './quota.ts'
import type { SyncOptions } from './sync-options.ts'
import type { SyncParts } from './sync-parts.ts'

type Swept = Pick<SyncParts, 'announcer' | 'known' | 'upkeep'> & {
  relayKey: string
  /** Our drive among the providers. */
  us: string
  kept: Kept
}

/**
 * Looks at all of a relay's files, in case an event was missed. Nothing is read for it: where
 * a file's blocks are, and whether they are there, is in memory.
 */
export async function sweepFolder(
  { known, announcer, upkeep, relayKey, us, kept }: Swept,
  { drive, quota }: Pick<SyncOptions, 'drive' | 'quota'>
): Promise<void> {
  const lost: string[] = []
  for (const file of known.files.values()) {
    const isStillHere = known.isStillHere(file)
    if (file.here && !isStillHere) lost.push(file.hash)
    // We said to hold what is not here and does not come: others must not rely on it.
    else if (!file.here && !file.fetching && file.providers.has(us)) announcer.withdraw(file.hash)
  }
  await upkeep.lookAt(lost)
  await upkeep.sweep()
  await drive.partials.keepOnly((half) => {
    return half.relayKey !== relayKey || known.files.get(half.hash)?.here === false
  })
  await quota.look()
  await quota.trim(kept)
}
