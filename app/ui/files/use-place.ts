import { useMemo } from 'react'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import type { FilesView } from '../state/files-view.ts'
import { keyOf, type NamedFile } from '../state/known-files.ts'
import { everythingIn, type FileQuery } from './query.ts'

/** How the files of a group are looked at, and the ways to look at them otherwise. */
export function usePlace(relayKey: string) {
  const { filesViews } = useApp()
  const views = filesViews.of(relayKey)
  const view = useLive(views)
  // The same functions from one drawing to the next, or all that gets them is drawn anew
  const ways = useMemo(() => {
    const change = (next: Partial<FilesView>) => filesViews.change(relayKey, next)
    return {
      change,
      query: (next: Partial<FileQuery>) => {
        const { query, sorted } = views.get()
        change({ query: { ...query, ...next }, sorted: sorted || next.sort !== undefined })
      },
      /** Opens a folder, and asks for everything in it, in the order that was chosen if one was */
      go: (folder: string) => {
        const { query, sorted } = views.get()
        const all = everythingIn(folder)
        change({ folder, query: sorted ? { ...all, sort: query.sort } : all })
      },
      details: (file: NamedFile) => {
        filesViews.currentOf(relayKey).set(keyOf(file))
        change({ details: true })
      }
    }
  }, [filesViews, views, relayKey])
  return { view, ways }
}
