import { useEffect, useRef, useState } from 'react'
import { thumbHashToRGBA } from 'thumbhash'
import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { kindOf } from '../intake/kinds.ts'
import { useFirstLook } from '../state/first-looks.ts'
import { KindIcon } from './file-parts.tsx'
import { mediaUrl } from './media.ts'
import { hasThumb, thumbs } from './thumbs.ts'

/** What is not in sight for so long only passes by: while a name is searched, lists do. In ms */
const PASSING = 120

/**
 * The address of a small picture of a file that is here; null while there is none, or where there
 * cannot be one.
 */
export function useThumb(file: SharedFile): { address: string | null; tried: boolean } {
  const url = mediaUrl(file)
  const { hash } = file
  const wanted = url !== null && hasThumb(file)
  const [made, setMade] = useState<{ hash: string; address: string | null } | null>(null)
  const known = thumbs.get(hash) ?? (made?.hash === hash ? made.address : undefined)
  const waits = wanted && known === undefined
  useEffect(() => {
    if (!waits || url === null) return
    let leave = (): void => {}
    const begin = (): void => {
      leave = thumbs.want(file, url, (address) => setMade({ hash, address }))
    }
    const timer = setTimeout(begin, PASSING)
    return () => {
      clearTimeout(timer)
      leave()
    }
    // One file stays one picture, whatever else is said of it
  }, [hash, waits, url])
  return { address: wanted ? (known ?? null) : null, tried: !wanted || known !== undefined }
}

/** A small picture of a file; the clouds of one that is not here; or an icon of its kind. */
export function Thumb({ file, size = 20 }: { file: SharedFile; size?: number }) {
  const { address } = useThumb(file)
  const [broken, setBroken] = useState<string | null>(null)
  const look = useFirstLook(file, address === null)
  if (address !== null && broken !== address) {
    return <img className='thumb' src={address} alt='' onError={() => setBroken(address)} />
  }
  if (look !== null) return <Clouds className='thumb' thumbhash={look} />
  return <KindIcon kind={kindOf(file.mime)} size={size} />
}

/** What a thumbhash tells of a picture: a few colours where they are in it. */
export function Clouds({ thumbhash, className }: { thumbhash: string; className: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const image = cloudsOf(thumbhash)
    const { current } = canvas
    if (image === null || current === null) return
    current.width = image.width
    current.height = image.height
    current.getContext('2d')?.putImageData(image, 0, 0)
  }, [thumbhash])
  return <canvas ref={canvas} className={className} width={1} height={1} aria-hidden='true' />
}

/** It comes from whoever wrote the event: what is no thumbhash has no clouds. */
function cloudsOf(thumbhash: string): ImageData | null {
  try {
    const text = atob(thumbhash.replaceAll('-', '+').replaceAll('_', '/'))
    const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(text, (letter) => letter.charCodeAt(0)))
    return new ImageData(new Uint8ClampedArray(rgba), w, h)
  } catch {
    return null
  }
}
