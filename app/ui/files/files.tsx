import {
  memo,
  useCallback,
  useDeferredValue,
  useMemo,
  useState,
  type FocusEvent,
  type KeyboardEvent
} from 'react'
import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { chosen } from '../intake/choose.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { useEscape } from '../parts/escape.ts'
import { SearchIcon } from '../parts/icons.tsx'
import { PhotosPicture } from '../parts/pictures.tsx'
import { useAttach } from '../screens/attach.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { filesFeed } from '../state/feeds.ts'
import { keyOf, type KnownFiles, type NamedFile } from '../state/known-files.ts'
import type { People } from '../state/people.ts'
import { endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { ActionBar } from './action-bar.tsx'
import { FilesBar } from './bar.tsx'
import { useFileDeeds, type FileDeeds } from './deeds.ts'
import { Details } from './details.tsx'
import { useFilePicker, useFolderPicker } from './file-picker.tsx'
import { FileList, isFolder, type Entry } from './list.tsx'
import { PlaceBar } from './place-bar.tsx'
import { isBelow, wayTo } from './tree.ts'
import { NOT_YET, useShownFiles, type ShownFiles } from './use-files.ts'
import { usePlace } from './use-place.ts'

interface FilesProps {
  relay: Relay
  people: People
}

const NOTHING: ReadonlySet<string> = new Set()

/** Every file of the group, with where its bytes are. */
export const Files = memo(function Files({ relay, people }: FilesProps) {
  const { session } = useApp()
  const { relayKey } = relay
  const { value: known, loaded } = useLive(filesFeed(session, relayKey))
  const { view, ways } = usePlace(relayKey)
  const shown = useShownFiles(relayKey, loaded ? known.listed : NOT_YET, view, people)
  if (!loaded || !shown.ready) return <Loading label={copy.files.loading} />
  if (shown.all.length === 0) return <NoFiles relay={relay} />
  return (
    <SomeFiles relay={relay} people={people} known={known} shown={shown} view={view} ways={ways} />
  )
})

interface SomeFilesProps extends FilesProps, ReturnType<typeof usePlace> {
  known: KnownFiles
  shown: ShownFiles
}

function SomeFiles(props: SomeFilesProps) {
  const { relay, people, known, shown, view, ways } = props
  const { filesViews, dialog } = useApp()
  const [selected, setSelected] = useState(NOTHING)
  const clear = useCallback(() => setSelected(NOTHING), [])
  const deeds = useFileDeeds(relay, people.self)
  // The box that was pressed is marked at once; what can be done with the choice comes after
  const chosenKeys = useDeferredValue(selected)
  const chosenFiles = useMemo(() => filesOf(chosenKeys, shown.all), [chosenKeys, shown.all])
  const go = useCallback(
    (folder: string) => {
      clear()
      ways.go(folder)
    },
    [clear, ways]
  )
  const free = useLive(dialog) === null
  // A box that has the focus is not shown in a narrow window, and nothing has it then
  useEscape(selected.size > 0 && free, clear)
  const onescape = (event: KeyboardEvent) => {
    // What opens above the list is not in it, though its events come through
    const within = event.currentTarget.contains(event.target as Node)
    if (event.key === 'Escape' && within && !event.defaultPrevented) clear()
  }
  const onkey = (event: KeyboardEvent) => {
    if (event.key !== 'Delete') return
    const key = keyAt(event.target)
    const focused = key === null ? NOTHING : new Set([key])
    const going = filesOf(selected.size > 0 ? selected : focused, shown.all)
    if (going.length > 0) deeds.remove(going)
  }
  const onfocus = (event: FocusEvent) => {
    const key = keyAt(event.target)
    if (key !== null && known.byKey.has(key)) filesViews.currentOf(relay.relayKey).set(key)
  }
  const common = { ...props, go, deeds }
  return (
    <div className='files' onKeyDown={onescape}>
      <FilesBar
        view={view}
        all={shown.all}
        people={people}
        onquery={ways.query}
        onview={ways.change}
      />
      <PlaceBar relay={relay} view={view} shown={shown} ongo={go} />
      <div className='files-body' onKeyDown={onkey} onFocus={onfocus}>
        <Listed {...common} selected={selected} onselect={setSelected} />
        {view.details && <Beside {...common} />}
      </div>
      {chosenFiles.length > 0 && (
        <ActionBar files={chosenFiles} deeds={deeds} relay={relay} onclear={clear} />
      )}
    </div>
  )
}

interface PartProps extends SomeFilesProps {
  go: (folder: string) => void
  deeds: FileDeeds
}

interface ListedProps extends PartProps {
  selected: ReadonlySet<string>
  onselect: (keys: ReadonlySet<string>) => void
}

function Listed(props: ListedProps) {
  const { relay, people, shown, view, ways, go, deeds, selected, onselect } = props
  const { details } = view
  const entries = useMemo<Entry[]>(() => [...shown.folders, ...shown.files], [shown])
  const onopen = useCallback(
    (entry: Entry) => {
      if (isFolder(entry)) go(entry.path)
      // By its focus it is the current one, and shown beside the list
      else if (!details) deeds.open(entry, shown.files)
    },
    [details, go, deeds, shown.files]
  )
  if (entries.length === 0 && view.folder !== '' && view.query.words !== '') {
    const text = copy.files.noneHereText(wayTo(view.folder).at(-1)?.name ?? '')
    return (
      <Empty icon={<SearchIcon />} title={copy.files.noneTitle} text={text}>
        <Button onPress={() => ways.change({ folder: '' })}>{copy.files.searchAll}</Button>
      </Empty>
    )
  }
  if (entries.length === 0) {
    return (
      <Empty icon={<SearchIcon />} title={copy.files.noneTitle} text={copy.files.noneText}>
        <Button onPress={() => go('')}>{copy.files.showAll}</Button>
      </Empty>
    )
  }
  return (
    <FileList
      relayKey={relay.relayKey}
      layout={view.layout}
      entries={entries}
      place={view.folder}
      people={people}
      deeds={deeds}
      selected={selected}
      onselect={onselect}
      onopen={onopen}
      ondetails={ways.details}
    />
  )
}

/** What is known of the file that was looked at last. */
function Beside({ relay, people, known, shown, ways, deeds }: PartProps) {
  const current = useLive(useApp().filesViews.currentOf(relay.relayKey))
  return (
    <Details
      relay={relay}
      file={current === null ? null : (known.byKey.get(current) ?? null)}
      files={known.listed}
      replaced={shown.replaced}
      people={people}
      deeds={deeds}
      onopen={(file) => deeds.open(file, shown.files)}
      onclose={() => ways.change({ details: false })}
    />
  )
}

/** What is selected as files; a folder is everything below it. */
function filesOf(selected: ReadonlySet<string>, all: readonly NamedFile[]): NamedFile[] {
  if (selected.size === 0) return []
  const folders = [...selected].flatMap((key) => (key.startsWith('/') ? key.slice(1) : []))
  return all.filter(
    (file) => selected.has(keyOf(file)) || folders.some((folder) => isBelow(file, folder))
  )
}

/** The row that something in the list belongs to. */
function keyAt(target: EventTarget): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>('[role=row]') : null
  return row?.dataset.key ?? null
}

function NoFiles({ relay }: { relay: Relay }) {
  const attach = useAttach(relay.relayKey)
  const files = useFilePicker(false, (list) => attach([...list].map((file) => chosen(file))))
  const folder = useFolderPicker(relay.relayKey, '')
  const over = endOf(relay) !== null
  const text = over ? copy.files.endedText : copy.files.emptyText
  return (
    <Empty icon={<PhotosPicture />} title={copy.files.emptyTitle} text={text}>
      {!over && (
        <div className='empty-ways'>
          {files.input}
          <Button kind='primary' onPress={files.open}>
            {copy.files.emptyAction}
          </Button>
          {folder.input}
          <Button onPress={folder.open}>{copy.folders.addFolder}</Button>
        </div>
      )}
    </Empty>
  )
}
