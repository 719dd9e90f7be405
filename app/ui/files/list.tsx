import { memo, useCallback } from 'react'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatMoment, formatSize, formatWhen } from '../format.ts'
import { Availability, IconLink, sizeOf } from '../parts/file-parts.tsx'
import { Grid } from '../parts/grid.tsx'
import { cardShape, rowShape, type Shape } from '../parts/grid-shape.ts'
import { CheckIcon, FolderIcon, HereIcon } from '../parts/icons.tsx'
import { downloadUrl, mediaUrl } from '../parts/media.ts'
import { FileName, shownName } from '../parts/names.tsx'
import { Thumb } from '../parts/thumb.tsx'
import type { Layout } from '../state/files-view.ts'
import { keyOf, type NamedFile } from '../state/known-files.ts'
import type { People } from '../state/people.ts'
import { useFile } from '../state/use-file.ts'
import { copy } from '../strings.ts'
import type { FileDeeds } from './deeds.ts'
import { FileMenu } from './file-menu.tsx'
import { folderOf, type Folder } from './tree.ts'

export type Entry = NamedFile | Folder

const ROW = 56
const CARD = { least: [188, 216], most: [264, 280], space: 12 } as const

export function isFolder(entry: Entry): entry is Folder {
  return !('hash' in entry)
}

/** An entry's key in the list; of a folder its path after a slash. */
function entryKey(entry: Entry): string {
  return isFolder(entry) ? `/${entry.path}` : keyOf(entry)
}

function nameOf(entry: Entry): string {
  return isFolder(entry) ? copy.files.folder(entry.name) : shownName(entry.name)
}

const shapes: Record<Layout, (width: number) => Shape> = {
  list: (width) => rowShape(width, ROW),
  gallery: (width) => cardShape(width, CARD)
}

const classes: Record<Layout, (entry: Entry) => string> = {
  list: (entry) => (isFolder(entry) ? 'file-row folder' : 'file-row'),
  gallery: (entry) => (isFolder(entry) ? 'card folder' : 'card')
}

interface FileListProps {
  relayKey: string
  layout: Layout
  entries: readonly Entry[]
  /** The open folder: what lies elsewhere says where */
  place: string
  people: People
  deeds: FileDeeds
  selected: ReadonlySet<string>
  onselect: (keys: ReadonlySet<string>) => void
  onopen: (entry: Entry) => void
  ondetails: (file: SharedFile) => void
}

/** Folders and files as rows or as cards. Only those in sight are in the page. */
export const FileList = memo(function FileList(props: FileListProps) {
  const { layout, entries, selected, onselect, onopen, relayKey, place, people, deeds } = props
  const { ondetails } = props
  const gallery = layout === 'gallery'
  const draw = useCallback(
    (entry: Entry, chosen: boolean, reach: number) =>
      isFolder(entry) ? (
        <FolderItem folder={entry} gallery={gallery} chosen={chosen} reach={reach} />
      ) : (
        <FileItem
          relayKey={relayKey}
          told={entry}
          gallery={gallery}
          chosen={chosen}
          reach={reach}
          place={place}
          people={people}
          deeds={deeds}
          ondetails={ondetails}
        />
      ),
    [relayKey, gallery, place, people, deeds, ondetails]
  )
  return (
    <Grid
      key={layout}
      className={gallery ? 'file-cards' : 'file-rows'}
      label={copy.files.label}
      items={entries}
      keyOf={entryKey}
      nameOf={nameOf}
      classOf={classes[layout]}
      shapeOf={shapes[layout]}
      selected={selected}
      onselect={onselect}
      onaction={onopen}
    >
      {draw}
    </Grid>
  )
})

interface ItemProps {
  gallery: boolean
  chosen: boolean
  /** The tabindex of what can be pressed in it */
  reach: number
}

interface FileItemProps extends ItemProps {
  relayKey: string
  told: NamedFile
  place: string
  people: People
  deeds: FileDeeds
  ondetails: (file: SharedFile) => void
}

const FileItem = memo(function FileItem(props: FileItemProps) {
  const { gallery, chosen, reach, place, people, deeds, ondetails } = props
  const file = useFile(props.relayKey, props.told)
  const name = shownName(file.name)
  const elsewhere = folderOf(file)
  return (
    <>
      <SelectBox name={name} chosen={chosen} reach={reach} />
      <Thumb file={file} size={gallery ? 40 : 20} />
      <span className='file-words'>
        <FileName name={file.name} />
        <span className='file-facts'>
          {gallery && <span>{sizeOf(file)}</span>}
          <bdi>{people.nameOf(file.pubkey)}</bdi>
          {!gallery && (
            <time title={formatMoment(file.createdAt)}>{formatWhen(file.createdAt)}</time>
          )}
          {!gallery && elsewhere !== place && <bdi className='file-place'>{elsewhere}</bdi>}
        </span>
      </span>
      {!gallery && <span className='file-size'>{sizeOf(file)}</span>}
      <Availability file={file} />
      <span className='file-actions'>
        {!gallery && <Nearest file={file} name={name} deeds={deeds} reach={reach} />}
        <FileMenu file={file} deeds={deeds} ondetails={ondetails} reach={reach} />
      </span>
    </>
  )
})

interface NearestProps {
  file: SharedFile
  name: string
  deeds: FileDeeds
  reach: number
}

/** What one does most with a file: to save what is here, and to get what is not. */
function Nearest({ file, name, deeds, reach }: NearestProps) {
  const url = mediaUrl(file)
  if (url !== null) {
    const label = copy.file.downloadNamed(name)
    return (
      <IconLink
        href={downloadUrl(url, file.name)}
        label={label}
        hint={copy.file.download}
        reach={reach}
      />
    )
  }
  if (file.here || file.phase === 'fetching') return null
  return (
    <button
      type='button'
      className='button quiet'
      aria-label={copy.file.getNamed(name)}
      tabIndex={reach}
      onClick={() => deeds.get([file])}
    >
      {copy.file.get}
    </button>
  )
}

const FolderItem = memo(function FolderItem(props: ItemProps & { folder: Folder }) {
  const { gallery, chosen, reach } = props
  const { name, files, here, bytes, looks } = props.folder
  return (
    <>
      <SelectBox name={copy.files.folder(name)} chosen={chosen} reach={reach} />
      {gallery && looks.length > 0 ? (
        <span className='thumb looks'>
          {looks.map((file) => (
            <Thumb key={file.hash} file={file} />
          ))}
        </span>
      ) : (
        <span className='thumb kind folder'>
          <FolderIcon size={gallery ? 40 : 20} />
        </span>
      )}
      <span className='file-words'>
        <bdi className='folder-name'>
          {gallery && <FolderIcon size={16} />}
          {name}
        </bdi>
        <span className='file-facts'>{copy.files.folderFacts(files, formatSize(bytes))}</span>
      </span>
      {!gallery && <span className='file-size' />}
      <span className={here > 0 ? 'availability here' : 'availability'}>
        {here === files && <HereIcon />}
        <span className='availability-words'>{copy.files.folderHere(here, files)}</span>
      </span>
      {!gallery && <span className='file-actions' />}
    </>
  )
})

function SelectBox({ name, chosen, reach }: { name: string; chosen: boolean; reach: number }) {
  return (
    <span className='select-box'>
      <input
        type='checkbox'
        aria-label={copy.files.select(name)}
        checked={chosen}
        readOnly
        tabIndex={reach}
      />
      <span className='check-box'>{chosen && <CheckIcon size={14} />}</span>
    </span>
  )
}
