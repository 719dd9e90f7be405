import { useSyncExternalStore } from 'react'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { useApp } from './app.ts'
import { filesFeed } from './feeds.ts'

/**
 * What is known now of a file. Who uses it is drawn again when this file changes, and not when
 * others of the same group do.
 * @param told what was known before, and is all that is known of a file that has gone
 */
export function useFile(relayKey: string, told: SharedFile): SharedFile {
  const { session } = useApp()
  const feed = filesFeed(session, relayKey)
  return useSyncExternalStore(feed.subscribe, () => feed.get().value.byHash.get(told.hash) ?? told)
}
