import { useMemo, useState, type ReactNode } from 'react'
import type { ConversationEvent, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { compareNames, everythingIn } from '../files/query.ts'
import { formatClock, formatMoment, formatNumber, formatSize } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { FilesIcon, FolderIcon } from '../parts/icons.tsx'
import { openable } from '../parts/media.ts'
import { Avatar, shownName } from '../parts/names.tsx'
import { Thumb } from '../parts/thumb.tsx'
import { plainName } from '../plain-text.ts'
import { useApp, type App } from '../state/app.ts'
import { keyOf } from '../state/known-files.ts'
import { useToldFile } from '../state/use-file.ts'
import { copy } from '../strings.ts'
import { topFolderOf } from './fold.ts'

/** Small pictures of an album */
const SHOWN = 8
/** Messages of it that open in the conversation; the others are among the files */
const OPENED = 40

interface AlbumProps {
  relayKey: string
  events: readonly ConversationEvent[]
  head: boolean
  name: string
  /** Whether one of its messages was gone to */
  wanted: boolean
  /** A message of it by itself */
  children: (event: ConversationEvent) => ReactNode
}

/** Files that were added together, in one line that opens. */
export function Album(props: AlbumProps) {
  const { relayKey, events, head, name, wanted, children } = props
  const app = useApp()
  const [opened, setOpened] = useState(false)
  const open = opened || wanted
  const first = events[0] as ConversationEvent
  const files = useMemo(() => inOrder(events.flatMap((event) => event.files)), [events])
  const folder = topFolderOf(first)
  return (
    <>
      <li className={head ? 'message head' : 'message'}>
        {head && <Avatar seed={first.pubkey} name={name} />}
        <div className='message-body'>
          {head ? (
            <p className='message-head'>
              <bdi className='message-name'>{name}</bdi>
              <time
                dateTime={new Date(first.createdAt * 1000).toISOString()}
                title={formatMoment(first.createdAt)}
              >
                {formatClock(first.createdAt)}
              </time>
            </p>
          ) : (
            <span className='hidden-text'>{name}</span>
          )}
          <div className='album'>
            <Pictures app={app} relayKey={relayKey} files={files} />
            <p className='album-words'>
              {folder === '' ? <FilesIcon size={16} /> : <FolderIcon size={16} />}
              {folder !== '' && <bdi>{plainName(folder)}</bdi>}
              <span className='muted'>
                {copy.album.facts(files.length, formatSize(sizeOf(files)))}
              </span>
            </p>
            <p className='album-deeds'>
              <Button kind='link' aria-expanded={open} onPress={() => setOpened(!open)}>
                {open ? copy.album.less : copy.album.each}
              </Button>
              <Button kind='link' onPress={() => look(app, relayKey, folder)}>
                {folder === '' ? copy.album.files : copy.album.folder}
              </Button>
            </p>
          </div>
        </div>
      </li>
      {open && events.slice(0, OPENED).map((event) => children(event))}
      {open && events.length > OPENED && (
        <li className='joined'>{copy.album.rest(events.length - OPENED)}</li>
      )}
    </>
  )
}

interface PicturesProps {
  app: App
  relayKey: string
  files: readonly SharedFile[]
}

/** What can be seen comes first; the last place says how many there are beside. */
function Pictures({ app, relayKey, files }: PicturesProps) {
  const seen = openable(files)
  const row = (seen.length > 0 ? seen : files).slice(0, SHOWN)
  const keys = seen.map(keyOf)
  const rest = files.length - row.length
  return (
    <div className='album-pictures'>
      {row.map((file, index) => (
        <AlbumPicture
          key={`${file.hash} ${index}`} // two may be the same
          relayKey={relayKey}
          file={file}
          more={index === row.length - 1 ? rest : 0}
          onopen={() =>
            app.dialog.set({
              kind: 'preview',
              relayKey,
              shown: keyOf(file),
              together: keys.includes(keyOf(file)) ? keys : [keyOf(file)],
              told: file
            })
          }
        />
      ))}
    </div>
  )
}

interface AlbumPictureProps {
  relayKey: string
  file: SharedFile
  /** How many more there are that have no place */
  more: number
  onopen: () => void
}

function AlbumPicture({ relayKey, file: told, more, onopen }: AlbumPictureProps) {
  const file = useToldFile(relayKey, told)
  const name = shownName(file.name)
  return (
    <button
      type='button'
      className='album-picture'
      aria-label={more > 0 ? copy.album.openAndMore(name, more) : copy.file.openNamed(name)}
      data-hint={name}
      onClick={onopen}
    >
      <Thumb file={file} size={24} />
      {more > 0 && <span className='album-more'>+{formatNumber(more)}</span>}
    </button>
  )
}

/** Many of one second have no order of their own: by their paths, as among the files. */
function inOrder(files: SharedFile[]): SharedFile[] {
  const place = (file: SharedFile) => file.path ?? shownName(file.name)
  return files.sort((a, b) => compareNames(place(a), place(b)))
}

function sizeOf(files: readonly SharedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}

function look(app: App, relayKey: string, folder: string): void {
  app.filesViews.change(relayKey, { folder, query: everythingIn(folder) })
  app.router.go(relayKey, 'files')
}
