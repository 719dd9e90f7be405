import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { kindOf } from '../intake/kinds.ts'
import { Bar } from '../parts/bits.tsx'
import { Availability, FileActions, FROM_WORKER, mediaUrl, sizeOf } from '../parts/file-parts.tsx'
import { FileName, shownName } from '../parts/names.tsx'
import { Clouds, Thumb, useThumb } from '../parts/thumb.tsx'
import { useApp, type App } from '../state/app.ts'
import { filesFeed } from '../state/feeds.ts'
import { keyOf } from '../state/known-files.ts'
import { useToldFile } from '../state/use-file.ts'
import { copy } from '../strings.ts'
import { boxOf } from './picture-box.ts'

/** Moving pictures are shown as they are, up to so many bytes */
const MOVING = 8 * 1024 * 1024

/**
 * A file in the conversation: seen or played if it is here, else how it looks as far as its event
 * tells, and where it is.
 */
export function FileCard({ relayKey, file: told }: { relayKey: string; file: SharedFile }) {
  const file = useToldFile(relayKey, told)
  const { thumbhash } = file
  const name = shownName(file.name)
  const kind = kindOf(file.mime)
  const url = mediaUrl(file)
  const { address, tried } = useThumb(file)
  const film = kind === 'video' && url !== null
  const clouds = film || (url !== null && tried) ? null : (thumbhash ?? null)
  const small = kind === 'image' ? address : null
  const pictured = kind === 'image' || kind === 'video'
  const picture = pictured && (small !== null || clouds !== null)
  return (
    <figure className={picture || film ? 'file-card wide' : 'file-card'}>
      {picture && <Picture relayKey={relayKey} file={file} small={small} clouds={clouds} />}
      {film && (
        <video
          {...FROM_WORKER}
          src={url}
          controls
          poster={address ?? undefined}
          preload={address === null ? 'metadata' : 'none'}
          aria-label={name}
        />
      )}
      <figcaption>
        {!picture && !film && <Thumb file={file} />}
        <span className='file-words'>
          <FileName name={file.name} />
          <span className='file-facts'>
            <span>{sizeOf(file)}</span>
            <Availability file={file} />
          </span>
        </span>
        <FileActions relayKey={relayKey} file={file} />
      </figcaption>
      {kind === 'audio' && url !== null && (
        <audio {...FROM_WORKER} src={url} controls preload='metadata' aria-label={name} />
      )}
      {file.phase === 'fetching' && (
        <Bar label={copy.transfers.progress(name)} done={file.received} whole={file.size} />
      )}
    </figure>
  )
}

interface PictureProps {
  relayKey: string
  file: SharedFile
  /** The address of a small one, which was found to be one that can be shown */
  small: string | null
  clouds: string | null
}

/** A picture, or the clouds of one that is not here; a press opens it. */
function Picture({ relayKey, file, small, clouds }: PictureProps) {
  const app = useApp()
  const name = shownName(file.name)
  const moves = file.mime === 'image/gif' && file.size <= MOVING
  return (
    <button
      type='button'
      className='file-picture'
      aria-label={copy.file.openNamed(name)}
      onClick={() => openPicture(app, relayKey, file)}
    >
      {small === null ? (
        <Cloudy thumbhash={clouds ?? ''} dim={file.dim} />
      ) : (
        <img
          {...FROM_WORKER}
          {...boxOf(file.dim)}
          src={moves ? (mediaUrl(file) ?? small) : small}
          alt={copy.file.imageAlt(name)}
          decoding='async'
        />
      )}
    </button>
  )
}

/** How a picture looks that is not here, in the room that it will take. */
function Cloudy({ thumbhash, dim }: { thumbhash: string; dim: string | null | undefined }) {
  const { width, height } = boxOf(dim) ?? { width: 240, height: 180 }
  return (
    <span className='clouds' style={{ width, aspectRatio: `${width} / ${height}` }}>
      <Clouds thumbhash={thumbhash} className='' />
    </span>
  )
}

/** Opens it among the other pictures of the group, in the order of the conversation. */
function openPicture(app: App, relayKey: string, file: SharedFile): void {
  app.dialog.set({ kind: 'preview', relayKey, shown: keyOf(file), together: null, told: file })
}
