import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import type { Feed } from '../session/feed.ts'
import { useApp } from './app.ts'
import { fileChangesFeed, filesFeed } from './feeds.ts'
import { keyOf, type KnownFiles, type NamedFile } from './known-files.ts'

/**
 * What is known now of a file. Who uses it is drawn again when this file changes, and not when
 * others of the same group do.
 * @param told what was known before, and is all that is known of a file that has gone
 */
export function useFile(relayKey: string, told: NamedFile): NamedFile {
  return useNewest(filesFeed(useApp().session, relayKey), told)
}

/** The same of a file that a message told of, as the message calls it. */
export function useToldFile(relayKey: string, told: SharedFile): SharedFile {
  const file = useNewest(fileChangesFeed(useApp().session, relayKey), told)
  return useMemo(() => {
    const { eventId, pubkey, createdAt, name, path, mime, dim, thumbhash } = told
    return { ...file, eventId, pubkey, createdAt, name, path, mime, dim, thumbhash, others: null }
  }, [file, told])
}

/** Listens to them from before a message tells of any, so that none is missed. */
export function useFileChanges(relayKey: string): void {
  const { session } = useApp()
  useEffect(() => fileChangesFeed(session, relayKey).subscribe(() => {}), [session, relayKey])
}

function useNewest(feed: Feed<KnownFiles>, told: NamedFile): NamedFile {
  const key = keyOf(told)
  return useSyncExternalStore(feed.subscribe, () => feed.get().value.byKey.get(key) ?? told)
}
