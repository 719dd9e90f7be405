import { memo } from 'react'
import {
  Button as AriaButton,
  Checkbox,
  GridLayout,
  GridList,
  GridListItem,
  ListLayout,
  Size,
  Text,
  Virtualizer,
  type Selection
} from 'react-aria-components'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatMoment, formatSize, formatWhen } from '../format.ts'
import { Availability, IconLink, Thumb } from '../parts/file-parts.tsx'
import { CheckIcon, FolderIcon, HereIcon } from '../parts/icons.tsx'
import { downloadUrl, mediaUrl } from '../parts/media.ts'
import { FileName, shownName } from '../parts/names.tsx'
import type { Layout } from '../state/files-view.ts'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'
import type { FileDeeds } from './deeds.ts'
import { FileMenu } from './file-menu.tsx'
import { folderOf, type Folder } from './tree.ts'

export type Entry = SharedFile | Folder

const ROW = 56
const CARD = { minItemSize: new Size(188, 216), maxItemSize: new Size(264, 280) }
const GALLERY = { ...CARD, minSpace: new Size(12, 12), preserveAspectRatio: true }

export function isFolder(entry: Entry): entry is Folder {
  return !('hash' in entry)
}

/** A folder's key in the list; no hash begins with a slash. */
export function folderKey({ path }: Folder): string {
  return `/${path}`
}

interface FileListProps {
  layout: Layout
  entries: readonly Entry[]
  /** The open folder: what lies elsewhere says where */
  place: string
  people: People
  deeds: FileDeeds
  selected: ReadonlySet<string>
  onselect: (keys: Selection) => void
  onopen: (entry: Entry) => void
  ondetails: (file: SharedFile) => void
}

/** Folders and files as rows or as cards. Only those in sight are in the page. */
export const FileList = memo(function FileList(props: FileListProps) {
  const { layout, entries, selected, onselect, onopen, place, people, deeds } = props
  const gallery = layout === 'gallery'
  const list = (
    <GridList
      className={gallery ? 'file-cards' : 'file-rows'}
      aria-label={copy.files.label}
      layout={gallery ? 'grid' : 'stack'}
      items={entries}
      dependencies={[place, people, deeds, layout]}
      selectionMode='multiple'
      selectionBehavior='toggle'
      selectedKeys={selected}
      onSelectionChange={onselect}
      onAction={(key) => {
        const entry = entries.find((one) => (isFolder(one) ? folderKey(one) : one.hash) === key)
        if (entry !== undefined) onopen(entry)
      }}
    >
      {(entry) =>
        isFolder(entry) ? (
          <FolderItem id={folderKey(entry)} folder={entry} gallery={gallery} />
        ) : (
          <FileItem {...props} id={entry.hash} file={entry} gallery={gallery} />
        )
      }
    </GridList>
  )
  return gallery ? (
    <Virtualizer key='gallery' layout={GridLayout} layoutOptions={GALLERY}>
      {list}
    </Virtualizer>
  ) : (
    <Virtualizer key='list' layout={ListLayout} layoutOptions={{ rowHeight: ROW }}>
      {list}
    </Virtualizer>
  )
})

interface FileItemProps extends FileListProps {
  /** The list knows its rows by it */
  id: string
  file: SharedFile
  gallery: boolean
}

function FileItem({ id, file, gallery, place, people, deeds, ondetails }: FileItemProps) {
  const name = shownName(file.name)
  const url = mediaUrl(file)
  const elsewhere = folderOf(file)
  const facts = (
    <Text slot='description' className='file-facts'>
      {gallery && <span>{formatSize(file.size)}</span>}
      <bdi>{people.nameOf(file.pubkey)}</bdi>
      {!gallery && <time title={formatMoment(file.createdAt)}>{formatWhen(file.createdAt)}</time>}
      {!gallery && elsewhere !== place && <bdi className='file-place'>{elsewhere}</bdi>}
    </Text>
  )
  return (
    <GridListItem id={id} textValue={name} className={gallery ? 'card' : 'file-row'}>
      <SelectBox name={name} />
      <Thumb file={file} size={gallery ? 40 : 20} />
      <span className='file-words'>
        <FileName name={file.name} />
        {facts}
      </span>
      {!gallery && <span className='file-size'>{formatSize(file.size)}</span>}
      <Availability file={file} />
      <span className='file-actions'>
        {!gallery && url !== null && (
          <IconLink
            href={downloadUrl(url)}
            label={copy.file.downloadNamed(name)}
            hint={copy.file.download}
          />
        )}
        {!gallery && !file.here && file.phase !== 'fetching' && (
          <AriaButton
            className='button quiet'
            aria-label={copy.file.getNamed(name)}
            onPress={() => deeds.get([file])}
          >
            {copy.file.get}
          </AriaButton>
        )}
        <FileMenu file={file} deeds={deeds} ondetails={ondetails} />
      </span>
    </GridListItem>
  )
}

interface FolderItemProps {
  id: string
  folder: Folder
  gallery: boolean
}

function FolderItem({ id, folder, gallery }: FolderItemProps) {
  const { name, files, here, bytes } = folder
  return (
    <GridListItem
      id={id}
      textValue={copy.files.folder(name)}
      className={gallery ? 'card folder' : 'file-row folder'}
    >
      <SelectBox name={copy.files.folder(name)} />
      <span className='thumb kind folder'>
        <FolderIcon size={gallery ? 40 : 20} />
      </span>
      <span className='file-words'>
        <bdi className='folder-name'>{name}</bdi>
        <Text slot='description' className='file-facts'>
          {copy.files.folderFacts(files, formatSize(bytes))}
        </Text>
      </span>
      {!gallery && <span className='file-size' />}
      <span className={here > 0 ? 'availability here' : 'availability'}>
        {here === files && <HereIcon />}
        <span className='availability-words'>{copy.files.folderHere(here, files)}</span>
      </span>
      {!gallery && <span className='file-actions' />}
    </GridListItem>
  )
}

function SelectBox({ name }: { name: string }) {
  return (
    <Checkbox slot='selection' className='select-box' aria-label={copy.files.select(name)}>
      {({ isSelected }) => (
        <span className='check-box'>{isSelected && <CheckIcon size={14} />}</span>
      )}
    </Checkbox>
  )
}
