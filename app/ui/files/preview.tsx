import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import type { Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatShare } from '../format.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { useEscape } from '../parts/escape.ts'
import { Availability, IconLink, sizeOf } from '../parts/file-parts.tsx'
import {
  BackIcon,
  CloseIcon,
  ForthIcon,
  LinkIcon,
  TrashIcon,
  ZoomInIcon,
  ZoomOutIcon
} from '../parts/icons.tsx'
import { downloadUrl, mediaUrl, previewOf } from '../parts/media.ts'
import { FileName, shownName } from '../parts/names.tsx'
import { useLive } from '../session/store.ts'
import { useApp, useRelays } from '../state/app.ts'
import { filesFeed } from '../state/feeds.ts'
import { keyOf, recordOf } from '../state/known-files.ts'
import { usePeople } from '../state/people.ts'
import { copy } from '../strings.ts'
import { useFileDeeds, type FileDeeds } from './deeds.ts'
import { HeldBy } from './held-by.tsx'
import { Shown } from './shown.tsx'

export interface Previewed {
  relayKey: string
  /** Of the file that is seen first */
  shown: string
  /** The keys of those that one goes through with the arrows; null for all pictures as they came */
  together: readonly string[] | null
  /** The file as a message told of it, until the others are known */
  told?: SharedFile
}

interface PreviewProps extends Previewed {
  onclose: () => void
}

/** Times the size at which all of a picture is seen */
const ZOOMS = [1, 1.5, 2, 3, 4, 6] as const

/** One file over the whole window: ← → to its neighbours, Space to play, Escape away. */
export function Preview({ relayKey, shown, together, told, onclose }: PreviewProps) {
  const app = useApp()
  const relay = useRelays().value.find((known) => known.relayKey === relayKey)
  const files = useFiles(relayKey, told)
  const hidden = useLive(app.removals.hidden)
  const [at, setAt] = useState(shown)
  useEscape(true, onclose)
  // What was removed meanwhile is gone from the row too
  const row = (together ?? picturesOf(files)).filter((one) => {
    const file = files.get(one)
    return file !== undefined && !hidden.has(recordOf(file))
  })
  const index = row.indexOf(at)
  const file = index < 0 ? undefined : files.get(at)

  // The one that was seen is gone: its neighbour takes its place
  const place = useRef(0)
  if (index >= 0) place.current = index
  const next = index < 0 ? row[Math.min(place.current, row.length - 1)] : undefined
  useEffect(() => {
    if (next !== undefined) setAt(next)
    else if (row.length === 0 && files.size > 0) onclose()
  }, [next, row.length, files.size, onclose])

  if (relay === undefined || file === undefined) return null
  const move = (by: number) => {
    const other = row[index + by]
    if (other !== undefined) setAt(other)
  }
  return (
    <ModalOverlay
      className='preview-scrim always-dark'
      isOpen
      isDismissable={false}
      onOpenChange={(open) => {
        if (!open) onclose()
      }}
    >
      <Modal className='preview-place'>
        <AriaDialog className='preview' aria-label={copy.preview.label(shownName(file.name))}>
          <Stage
            key={keyOf(file)}
            relay={relay}
            file={file}
            index={index}
            count={row.length}
            onmove={move}
            onclose={onclose}
          />
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

/** All files of the group; of a large one that takes a moment, and one is enough to begin. */
function useFiles(relayKey: string, told: SharedFile | undefined): ReadonlyMap<string, SharedFile> {
  const { byKey } = useLive(filesFeed(useApp().session, relayKey)).value
  return useMemo(
    () => (byKey.size > 0 || told === undefined ? byKey : new Map([[keyOf(told), told]])),
    [byKey, told]
  )
}

function picturesOf(files: ReadonlyMap<string, SharedFile>): string[] {
  return [...files.values()]
    .filter(({ mime }) => previewOf(mime) === 'image')
    .sort((a, b) => a.createdAt - b.createdAt)
    .map(keyOf)
}

interface StageProps {
  relay: Relay
  file: SharedFile
  index: number
  count: number
  onmove: (by: number) => void
  onclose: () => void
}

function Stage({ relay, file, index, count, onmove, onclose }: StageProps) {
  const app = useApp()
  const people = usePeople(relay.relayKey)
  const deeds = useFileDeeds(relay, people.self)
  const [zoom, setZoom] = useState(0)
  const stage = useRef<HTMLDivElement>(null)
  const zooms = previewOf(file.mime) === 'image' && file.here
  const step = (by: number) => setZoom((now) => Math.max(0, Math.min(ZOOMS.length - 1, now + by)))

  // What can be scrolled or played takes the keys itself; all else belongs to the row
  useEffect(() => stage.current?.focus(), [])
  const onkey = (event: KeyboardEvent) => {
    const media = stage.current?.querySelector<HTMLMediaElement>('video, audio')
    const deed = deedOf(event, media ?? null)
    if (deed === null) return
    event.preventDefault()
    event.stopPropagation()
    if (deed === 'back' || deed === 'forth') onmove(deed === 'back' ? -1 : 1)
    else if (deed === 'play' && media) media.paused ? void media.play() : media.pause()
    else if (deed === 'in' || deed === 'out') step(deed === 'in' ? 1 : -1)
    else if (deed === 'fit') setZoom(0)
    else if (deed === 'remove' && deeds.mayRemove(file)) deeds.remove([file])
  }
  return (
    <div className='preview-keys' onKeyDown={onkey}>
      <Head
        file={file}
        held={<HeldBy relayKey={relay.relayKey} file={file} people={people} />}
        deeds={deeds}
        position={count > 1 ? copy.preview.position(index + 1, count) : null}
        zoom={
          zooms
            ? { level: ZOOMS[zoom] ?? 1, step, first: zoom === 0, last: zoom === ZOOMS.length - 1 }
            : null
        }
        onclose={onclose}
      />
      <div className='stage-place'>
        {count > 1 && (
          <IconButton
            label={copy.preview.previous}
            isDisabled={index === 0}
            onPress={() => onmove(-1)}
          >
            <BackIcon size={22} />
          </IconButton>
        )}
        <div className='stage' ref={stage} tabIndex={-1}>
          <Shown
            file={file}
            zoom={ZOOMS[zoom] ?? 1}
            onzoom={() => setZoom(zoom === 0 ? 2 : 0)}
            onget={() => deeds.get([file])}
          />
        </div>
        {count > 1 && (
          <IconButton
            label={copy.preview.next}
            isDisabled={index === count - 1}
            onPress={() => onmove(1)}
          >
            <ForthIcon size={22} />
          </IconButton>
        )}
      </div>
    </div>
  )
}

interface HeadProps {
  file: SharedFile
  /** Who has it */
  held: ReactNode
  deeds: FileDeeds
  position: string | null
  zoom: { level: number; step: (by: number) => void; first: boolean; last: boolean } | null
  onclose: () => void
}

function Head({ file, held, deeds, position, zoom, onclose }: HeadProps) {
  const name = shownName(file.name)
  const url = mediaUrl(file)
  return (
    <header className='preview-head'>
      <div className='preview-words'>
        <Heading slot='title' level={2}>
          <FileName name={file.name} />
        </Heading>
        <p className='file-facts'>
          {position !== null && <span>{position}</span>}
          <span>{sizeOf(file)}</span>
          <Availability file={file} />
          {held}
        </p>
      </div>
      {zoom && (
        <span className='zooms'>
          <IconButton
            label={copy.preview.zoomOut}
            isDisabled={zoom.first}
            onPress={() => zoom.step(-1)}
          >
            <ZoomOutIcon />
          </IconButton>
          <span role='status' className='zoom-level'>
            {zoom.first ? copy.preview.fit : formatShare(zoom.level)}
          </span>
          <IconButton
            label={copy.preview.zoomIn}
            isDisabled={zoom.last}
            onPress={() => zoom.step(1)}
          >
            <ZoomInIcon />
          </IconButton>
        </span>
      )}
      {url !== null && (
        <IconLink
          href={downloadUrl(url, file.name)}
          label={copy.file.downloadNamed(name)}
          hint={copy.file.save}
        />
      )}
      {file.link && (
        <IconButton label={copy.file.copyLink} onPress={() => deeds.copyLinks([file])}>
          <LinkIcon />
        </IconButton>
      )}
      {deeds.mayRemove(file) && (
        <IconButton
          label={copy.file.removeNamed(name)}
          hint={copy.file.remove}
          onPress={() => deeds.remove([file])}
        >
          <TrashIcon />
        </IconButton>
      )}
      <IconButton label={copy.dialog.close} onPress={onclose}>
        <CloseIcon />
      </IconButton>
    </header>
  )
}

type Deed = 'back' | 'forth' | 'play' | 'in' | 'out' | 'fit' | 'remove'

const KEYS: Record<string, Deed> = {
  ArrowLeft: 'back',
  ArrowRight: 'forth',
  '+': 'in',
  '=': 'in',
  '-': 'out',
  '0': 'fit',
  Delete: 'remove'
}

/** What a key means here; null for one that belongs to what has the focus. */
function deedOf(event: KeyboardEvent, media: HTMLMediaElement | null): Deed | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  const target = event.target as HTMLElement
  if (event.key !== ' ') return KEYS[event.key] ?? null
  if (target.closest('button, a, video, audio')) return null
  return media === null ? 'forth' : 'play'
}
