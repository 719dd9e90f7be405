import { useMemo, useState, type FocusEvent, type KeyboardEvent } from 'react'
import { FileTrigger, type Selection } from 'react-aria-components'
import type { Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { chosen } from '../intake/choose.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { FilesIcon, SearchIcon } from '../parts/icons.tsx'
import { useAttach } from '../screens/attach.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import type { People } from '../state/people.ts'
import { endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { ActionBar } from './action-bar.tsx'
import { FilesBar } from './bar.tsx'
import { fileDeeds } from './deeds.ts'
import { Details } from './details.tsx'
import { useFolderPicker } from './folder-picker.tsx'
import { FileList, folderKey, isFolder, type Entry } from './list.tsx'
import { PlaceBar } from './place-bar.tsx'
import { everything, type FileQuery } from './query.ts'
import { isBelow } from './tree.ts'
import { useShownFiles } from './use-files.ts'

interface FilesProps {
  relay: Relay
  people: People
  files: ReadonlyMap<string, SharedFile>
  loaded: boolean
}

const NOTHING: ReadonlySet<string> = new Set()

/** Every file of the group, with where its bytes are. */
export function Files({ relay, people, files, loaded }: FilesProps) {
  const app = useApp()
  const { relayKey } = relay
  const view = useLive(app.filesViews.of(relayKey))
  const shown = useShownFiles(relayKey, files, view, people)
  const [selected, setSelected] = useState(NOTHING)
  const deeds = useMemo(() => fileDeeds(app, relay, people.self), [app, relay, people.self])
  const entries = useMemo<Entry[]>(() => [...shown.folders, ...shown.files], [shown])
  const chosenFiles = useMemo(() => filesOf(selected, shown.all), [selected, shown.all])

  if (!loaded) return <Loading label={copy.files.loading} />
  if (shown.all.length === 0) return <NoFiles relay={relay} />

  const change = (next: Partial<typeof view>) => app.filesViews.change(relayKey, next)
  const onquery = (next: Partial<FileQuery>) => change({ query: { ...view.query, ...next } })
  const go = (folder: string) => {
    setSelected(NOTHING)
    change({ folder, query: { ...everything, sort: view.query.sort } })
  }
  const onselect = (keys: Selection) => {
    const all = () => entries.map((entry) => (isFolder(entry) ? folderKey(entry) : entry.hash))
    setSelected(new Set(keys === 'all' ? all() : [...keys].map(String)))
  }
  const onopen = (entry: Entry) => {
    if (isFolder(entry)) go(entry.path)
    else if (view.details) change({ current: entry.hash })
    else deeds.open(entry, shown.files)
  }
  const onkey = (event: KeyboardEvent) => {
    if (event.key !== 'Delete') return
    const key = keyAt(event.target)
    const focused = key === null ? [] : filesOf(new Set([key]), shown.all)
    const going = chosenFiles.length > 0 ? chosenFiles : focused
    if (going.length > 0) deeds.remove(going)
  }
  const onfocus = (event: FocusEvent) => {
    const key = keyAt(event.target)
    if (key !== null && files.has(key) && view.current !== key) change({ current: key })
  }

  return (
    <div className='files'>
      <FilesBar view={view} all={shown.all} people={people} onquery={onquery} onview={change} />
      <PlaceBar relay={relay} view={view} shown={shown} files={files} ongo={go} />
      <div className='files-body' onKeyDown={onkey} onFocus={onfocus}>
        {entries.length === 0 ? (
          <Empty icon={<SearchIcon />} title={copy.files.noneTitle} text={copy.files.noneText}>
            <Button onPress={() => go('')}>{copy.files.showAll}</Button>
          </Empty>
        ) : (
          <FileList
            layout={view.layout}
            entries={entries}
            place={view.folder}
            people={people}
            deeds={deeds}
            selected={selected}
            onselect={onselect}
            onopen={onopen}
            ondetails={({ hash }) => change({ details: true, current: hash })}
          />
        )}
        {view.details && (
          <Details
            relay={relay}
            file={view.current === null ? null : (files.get(view.current) ?? null)}
            files={files}
            replaced={shown.replaced}
            people={people}
            deeds={deeds}
            onopen={(file) => deeds.open(file, shown.files)}
            onclose={() => change({ details: false })}
          />
        )}
      </div>
      {chosenFiles.length > 0 && (
        <ActionBar
          files={chosenFiles}
          deeds={deeds}
          relay={relay}
          onclear={() => setSelected(NOTHING)}
        />
      )}
    </div>
  )
}

/** What is selected as files; a folder is everything below it. */
function filesOf(selected: ReadonlySet<string>, all: readonly SharedFile[]): SharedFile[] {
  if (selected.size === 0) return []
  const folders = [...selected].flatMap((key) => (key.startsWith('/') ? key.slice(1) : []))
  return all.filter(
    (file) => selected.has(file.hash) || folders.some((folder) => isBelow(file, folder))
  )
}

/** The row that something in the list belongs to. */
function keyAt(target: EventTarget): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>('[role=row]') : null
  return row?.dataset.key ?? null
}

function NoFiles({ relay }: { relay: Relay }) {
  const attach = useAttach(relay.relayKey)
  const picker = useFolderPicker(relay.relayKey, '')
  const over = endOf(relay) !== null
  const text = over ? copy.files.endedText : copy.files.emptyText
  return (
    <Empty icon={<FilesIcon />} title={copy.files.emptyTitle} text={text}>
      {!over && (
        <div className='empty-ways'>
          <FileTrigger
            allowsMultiple
            onSelect={(list) => attach([...(list ?? [])].map((file) => chosen(file)))}
          >
            <Button kind='primary'>{copy.files.emptyAction}</Button>
          </FileTrigger>
          {picker.input}
          <Button onPress={picker.open}>{copy.folders.addFolder}</Button>
        </div>
      )}
    </Empty>
  )
}
