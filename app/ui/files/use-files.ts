import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import type { FilesView } from '../state/files-view.ts'
import type { People } from '../state/people.ts'
import { arrange, isNarrow, matching, NameOrder } from './query.ts'
import { inFolder, isBelow, type Folder } from './tree.ts'

const NONE: ReadonlySet<string> = new Set()

/**
 * The files of a group that are earlier versions of others. Only the worker can tell; it is asked
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
      ({ hashes }) => here && setReplaced(new Set(hashes)),
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
  const first = new Map<string, string>()
  const doubles: string[] = []
  for (const { path, hash } of files) {
    if (!path) continue
    if (first.has(path)) doubles.push(hash)
    else first.set(path, hash)
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
}

/** What of a group's files is to be seen, in order. Typing does not wait for thousands of them. */
export function useShownFiles(
  relayKey: string,
  files: ReadonlyMap<string, SharedFile>,
  view: FilesView,
  people: People
): ShownFiles {
  const hidden = useLive(useApp().removals.hidden)
  const order = useRef(new NameOrder())
  const listed = useMemo(() => [...files.values()], [files])
  const replaced = useReplaced(relayKey, listed)
  const all = useMemo(
    () => listed.filter(({ hash }) => !replaced.has(hash) && !hidden.has(hash)),
    [listed, replaced, hidden]
  )
  const query = useDeferredValue(view.query)
  const { folder } = view
  const { nameOf } = people
  return useMemo(() => {
    const placeOf = order.current.placesOf(all)
    if (!isNarrow(query)) {
      const inside = inFolder(all, folder)
      return { all, ...inside, files: arrange(inside.files, query.sort, placeOf), replaced }
    }
    const below = all.filter((file) => isBelow(file, folder))
    const found = matching(below, query, nameOf)
    return { all, folders: [], files: arrange(found, query.sort, placeOf), replaced }
  }, [all, query, folder, nameOf, replaced])
}
