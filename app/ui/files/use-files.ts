import { useDeferredValue, useEffect, useMemo, useState } from 'react'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import type { FilesView } from '../state/files-view.ts'
import { recordOf, type NamedFile } from '../state/known-files.ts'
import type { People } from '../state/people.ts'
import { Arranged, isNarrow, NameOrder, Search } from './query.ts'
import { inFolder, isBelow, type Folder } from './tree.ts'

const NONE: ReadonlySet<string> = new Set()
/** What is drawn first, so that who looks at the files sees at once that they come */
export const NOT_YET: readonly SharedFile[] = []

/**
 * Records of files of a group that are earlier versions of others. Only the worker can tell; it is asked
 * when paths came up that several files have.
 */
export function useReplaced(relayKey: string, files: readonly SharedFile[]): ReadonlySet<string> {
  const app = useApp()
  const [replaced, setReplaced] = useState(NONE)
  const doubles = useMemo(() => doublesOf(files), [files])
  useEffect(() => {
    if (doubles === '') return setReplaced(NONE)
    let here = true
    app.session.call('replacedFiles', { relayKey }).then(
      ({ records }) => here && setReplaced(new Set(records)),
      (error: unknown) => console.warn('Earlier versions are not known', error)
    )
    return () => {
      here = false
    }
  }, [app, relayKey, doubles])
  return replaced
}

/** Which files share a path with others, as one text that changes when they do. */
function doublesOf(files: readonly SharedFile[]): string {
  const first = new Set<string>()
  const doubles: string[] = []
  for (const file of files) {
    const { path } = file
    if (!path) continue
    if (first.has(path)) doubles.push(recordOf(file))
    else first.add(path)
  }
  return doubles.sort().join(' ')
}

export interface ShownFiles {
  /** Everything that is not an earlier version or on its way out */
  all: readonly SharedFile[]
  /** In the open folder, or everywhere below it when only some are asked for */
  files: readonly SharedFile[]
  folders: readonly Folder[]
  replaced: ReadonlySet<string>
  /** False while nothing was worked out yet */
  ready: boolean
}

/**
 * What of a group's files is to be seen, in order. Neither typing nor scrolling waits for
 * thousands of them: what is worked out here is drawn when there is time, and what was worked
 * out before (the order, texts that are searched, what was found) is used again.
 */
export function useShownFiles(
  relayKey: string,
  files: readonly SharedFile[],
  view: FilesView,
  people: People
): ShownFiles {
  const hidden = useLive(useApp().removals.hidden)
  const [kept] = useState(() => ({
    names: new NameOrder(),
    arranged: new Arranged<NamedFile>(),
    search: new Search<NamedFile>()
  }))
  const listed = useDeferredValue(files, NOT_YET)
  const replaced = useReplaced(relayKey, listed)
  const all = useMemo(
    () =>
      replaced.size === 0 && hidden.size === 0
        ? listed
        : listed.filter((file) => !replaced.has(recordOf(file)) && !hidden.has(recordOf(file))),
    [listed, replaced, hidden]
  )
  const query = useDeferredValue(view.query)
  const ready = listed !== NOT_YET
  const { folder } = view
  const { nameOf } = people
  const { sort } = query
  // Once for all that is searched and opened: what is found of them keeps its order
  const sorted = useMemo(
    () => kept.arranged.arrange(all, sort, kept.names.placesOf(all)),
    [kept, all, sort]
  )
  const below = useMemo(
    () => (folder === '' ? sorted : sorted.filter((file) => isBelow(file, folder))),
    [sorted, folder]
  )
  return useMemo(() => {
    if (!isNarrow(query)) return { all, ...inFolder(below, folder), replaced, ready }
    const files = kept.search.find(below, query, nameOf)
    return { all, folders: [], files, replaced, ready }
  }, [kept, all, below, query, folder, nameOf, replaced, ready])
}
