import { useEffect, useState } from 'react'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatSize } from '../format.ts'
import { HEAD, imageSize } from '../intake/image-size.ts'
import { kindOf } from '../intake/kinds.ts'
import { isModest } from '../intake/small-picture.ts'
import { Bar } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { KindIcon } from '../parts/file-parts.tsx'
import { DownloadIcon } from '../parts/icons.tsx'
import { downloadUrl, FROM_WORKER, mediaUrl, previewOf } from '../parts/media.ts'
import { shownName } from '../parts/names.tsx'
import { plainWords } from '../plain-text.ts'
import { copy } from '../strings.ts'

/** Of a text this much is shown */
const MOST_TEXT = 256 * 1024
/** A larger PDF is saved: to show it, all of it has to be in memory */
const MOST_PDF = 100 * 1024 * 1024

interface ShownProps {
  file: SharedFile
  zoom: number
  onzoom: () => void
  onget: () => void
}

/** A file as its kind is looked at. Nothing of it becomes a part of the page. */
export function Shown({ file, zoom, onzoom, onget }: ShownProps) {
  const [broken, setBroken] = useState(false)
  const url = mediaUrl(file)
  const name = shownName(file.name)
  const onbroken = () => setBroken(true)
  if (url === null) return <NotHere file={file} onget={onget} />
  if (broken) return <Unseen file={file} url={url} words={copy.preview.brokenText} broken />
  switch (previewOf(file.mime)) {
    case 'image':
      return <Picture file={file} url={url} zoom={zoom} onzoom={onzoom} onbroken={onbroken} />
    case 'video':
      return (
        <video {...FROM_WORKER} src={url} controls autoPlay aria-label={name} onError={onbroken} />
      )
    case 'audio':
      return (
        <div className='sound'>
          <KindIcon kind='audio' size={48} />
          <audio
            {...FROM_WORKER}
            src={url}
            controls
            autoPlay
            aria-label={name}
            onError={onbroken}
          />
        </div>
      )
    case 'pdf':
      if (!navigator.pdfViewerEnabled || file.size > MOST_PDF) break
      return <Pages url={url} name={name} onbroken={onbroken} />
    case 'text':
      return <Reading url={url} file={file} onbroken={onbroken} />
  }
  return <Unseen file={file} url={url} words={copy.preview.noneText} />
}

interface PictureProps {
  file: SharedFile
  url: string
  zoom: number
  onzoom: () => void
  onbroken: () => void
}

/** The browser decodes a picture whatever it takes: how large it is, is looked at first. */
function useModest(url: string, onbroken: () => void): 'looking' | 'modest' | 'huge' {
  const [found, setFound] = useState<'looking' | 'modest' | 'huge'>('looking')
  useEffect(() => {
    const abort = new AbortController()
    const look = async () => {
      const headers = { Range: `bytes=0-${HEAD - 1}` }
      const answer = await fetch(url, { headers, signal: abort.signal })
      if (!answer.ok) return onbroken()
      const size = imageSize(new Uint8Array(await answer.arrayBuffer()))
      if (size === null) return onbroken()
      setFound(isModest(size) ? 'modest' : 'huge')
    }
    look().catch(() => abort.signal.aborted || onbroken())
    return () => abort.abort()
    // What it is called and who is told do not change what it is
  }, [url])
  return found
}

function Picture({ file, url, zoom, onzoom, onbroken }: PictureProps) {
  const [ready, setReady] = useState(false)
  const name = shownName(file.name)
  const found = useModest(url, onbroken)
  if (found === 'huge') return <Unseen file={file} url={url} words={copy.preview.hugeText} />
  if (found === 'looking') {
    return <span className='spinner' role='status' aria-label={copy.preview.loading} />
  }
  return (
    <>
      {!ready && <span className='spinner' role='status' aria-label={copy.preview.loading} />}
      <img
        {...FROM_WORKER}
        className={zoom > 1 ? 'picture zoomed' : 'picture'}
        style={zoom > 1 ? { width: `${zoom * 100}%` } : undefined}
        src={url}
        alt={copy.file.imageAlt(name)}
        hidden={!ready}
        onLoad={() => setReady(true)}
        onError={onbroken}
        onDoubleClick={onzoom}
      />
    </>
  )
}

/**
 * The browser's own viewer, in a frame. What it gets is called a PDF by us whatever it is, so it
 * is shown as one or not at all; the viewer runs it apart from this page.
 */
function Pages({ url, name, onbroken }: { url: string; name: string; onbroken: () => void }) {
  const [pages, setPages] = useState<string | null>(null)
  useEffect(() => {
    const abort = new AbortController()
    let made: string | null = null
    const load = async () => {
      const answer = await fetch(url, { signal: abort.signal })
      if (!answer.ok) return onbroken()
      const blob = new Blob([await answer.arrayBuffer()], { type: 'application/pdf' })
      if (abort.signal.aborted) return
      made = URL.createObjectURL(blob)
      setPages(made)
    }
    load().catch(() => abort.signal.aborted || onbroken())
    return () => {
      abort.abort()
      if (made !== null) URL.revokeObjectURL(made)
    }
  }, [url])
  if (pages === null) return <Waiting />
  return <iframe className='pages' src={pages} title={copy.preview.pdf(name)} />
}

/** Words of a file, as they are; a page's too. */
function Reading({ url, file, onbroken }: { url: string; file: SharedFile; onbroken: () => void }) {
  const [words, setWords] = useState<string | null>(null)
  const cut = file.size > MOST_TEXT
  useEffect(() => {
    const abort = new AbortController()
    const load = async () => {
      const headers = { Range: `bytes=0-${MOST_TEXT - 1}` }
      const answer = await fetch(url, { signal: abort.signal, headers: cut ? headers : {} })
      if (!answer.ok) return onbroken()
      setWords(plainWords(await answer.text()))
    }
    load().catch(() => abort.signal.aborted || onbroken())
    return () => abort.abort()
  }, [url, cut])
  if (words === null) return <Waiting />
  return (
    <div className='reading'>
      {words === '' ? (
        <p className='muted'>{copy.preview.empty}</p>
      ) : (
        <pre dir='auto' tabIndex={0}>
          {words}
        </pre>
      )}
      {cut && (
        <p className='muted'>{copy.preview.start(formatSize(MOST_TEXT), formatSize(file.size))}</p>
      )}
    </div>
  )
}

function Waiting() {
  return <span className='spinner' role='status' aria-label={copy.preview.loading} />
}

interface UnseenProps {
  file: SharedFile
  url: string
  words: string
  broken?: boolean
}

function Unseen({ file, url, words, broken = false }: UnseenProps) {
  return (
    <div className='unseen'>
      <KindIcon kind={kindOf(file.mime)} size={48} />
      <h3>{broken ? copy.preview.brokenTitle : copy.preview.noneTitle}</h3>
      <p className='muted'>{words}</p>
      <a className='button primary' href={downloadUrl(url, file.name)} download>
        <DownloadIcon />
        {copy.file.save}
      </a>
    </div>
  )
}

function NotHere({ file, onget }: { file: SharedFile; onget: () => void }) {
  const name = shownName(file.name)
  const fetching = file.phase === 'fetching'
  const { online, nobody } = copy.preview.notHereText
  return (
    <div className='unseen'>
      <KindIcon kind={kindOf(file.mime)} size={48} />
      <h3>{copy.preview.notHere}</h3>
      <p className='muted'>{file.online > 0 ? online : nobody}</p>
      {fetching ? (
        <Bar label={copy.transfers.progress(name)} done={file.received} whole={file.size} />
      ) : (
        <Button kind='primary' onPress={onget}>
          <DownloadIcon />
          {copy.file.get}
        </Button>
      )}
    </div>
  )
}
