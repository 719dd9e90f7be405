import { useState } from 'react'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatSize } from '../format.ts'
import { kindOf } from '../intake/kinds.ts'
import { Bar } from '../parts/bits.tsx'
import { Availability, FileActions, FROM_WORKER, mediaUrl, Thumb } from '../parts/file-parts.tsx'
import { FileName, shownName } from '../parts/names.tsx'
import { useApp, type App } from '../state/app.ts'
import { filesFeed } from '../state/feeds.ts'
import { copy } from '../strings.ts'

/** A file in the conversation: seen or played if it is here, else a row that says where it is. */
export function FileCard({ relayKey, file }: { relayKey: string; file: SharedFile }) {
  const name = shownName(file.name)
  const kind = kindOf(file.mime)
  const url = mediaUrl(file)
  const app = useApp()
  const [broken, setBroken] = useState(false)
  const picture = kind === 'image' && url !== null && !broken
  return (
    <figure className={picture || (kind === 'video' && url) ? 'file-card wide' : 'file-card'}>
      {picture && (
        <button
          type='button'
          className='file-picture'
          aria-label={copy.file.openNamed(name)}
          onClick={() => openPicture(app, relayKey, file)}
        >
          <img
            {...FROM_WORKER}
            src={url}
            alt={copy.file.imageAlt(name)}
            loading='lazy'
            decoding='async'
            onError={() => setBroken(true)}
          />
        </button>
      )}
      {kind === 'video' && url !== null && (
        <video {...FROM_WORKER} src={url} controls preload='metadata' aria-label={name} />
      )}
      <figcaption>
        {!picture && <Thumb file={file} />}
        <span className='file-words'>
          <FileName name={file.name} />
          <span className='file-facts'>
            <span>{formatSize(file.size)}</span>
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

/** Opens it among the other pictures of the group, in the order of the conversation. */
function openPicture(app: App, relayKey: string, { hash }: SharedFile): void {
  const known = [...filesFeed(app.session, relayKey).get().value.values()]
  const pictures = known
    .filter(({ mime }) => kindOf(mime) === 'image')
    .sort((a, b) => a.createdAt - b.createdAt)
  app.dialog.set({ kind: 'preview', relayKey, hash, hashes: pictures.map((file) => file.hash) })
}
