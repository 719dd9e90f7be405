import { rgbaToThumbHash } from 'thumbhash'
import { withFrame } from './film-frame.ts'
import { isRasterImage } from './kinds.ts'
import { withFirstPage } from './pdf-page.ts'
import { decodeSmall, pixelsOf } from './small-picture.ts'

/** What can be said of a picture, a film or a PDF beside its bytes, in its event. */
export interface FirstLook {
  /** "640x480" */
  dim: string | null
  /** A few coloured clouds in base64, seen where the file is not (thumbhash) */
  thumbhash: string | null
}

const NOTHING: FirstLook = { dim: null, thumbhash: null }
/** A thumbhash is made of at most so many pixels each way */
const SIDE = 100
const LARGEST_SIDE = 999_999

/**
 * Looks at a file that is about to be shared. Never throws and never takes long: what is too
 * large, broken or not what it says has no picture, and goes in all the same.
 */
export async function firstLook(
  file: File,
  mime: string | null,
  signal: AbortSignal
): Promise<FirstLook> {
  try {
    if (isRasterImage(mime)) return await ofPicture(file)
    if (mime?.startsWith('video/')) return await ofFilm(file, signal)
    if (mime === 'application/pdf') return await ofPdf(file, signal)
  } catch {
    // The browser does not know it, or it is broken: it is shared as the bytes that it is
  }
  return NOTHING
}

async function ofPicture(file: File): Promise<FirstLook> {
  const small = await decodeSmall(file, SIDE)
  if (small === null) return NOTHING
  const { bitmap } = small
  try {
    return { dim: dimOf(small), thumbhash: hashOf(pixelsOf(bitmap, bitmap, SIDE)) }
  } finally {
    bitmap.close()
  }
}

async function ofFilm(file: File, signal: AbortSignal): Promise<FirstLook> {
  const url = URL.createObjectURL(file)
  try {
    return await withFrame(url, signal, (film, size) => ({
      dim: dimOf(size),
      thumbhash: hashOf(pixelsOf(film, size, SIDE))
    }))
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** Of its first page. How large that is on paper is no size in points. */
function ofPdf(file: File, signal: AbortSignal): Promise<FirstLook> {
  return withFirstPage(file, signal, ({ canvas, width, height }) => ({
    dim: null,
    thumbhash: hashOf(pixelsOf(canvas, { width, height }, SIDE))
  }))
}

function dimOf({ width, height }: { width: number; height: number }): string | null {
  if (Math.min(width, height) < 1 || Math.max(width, height) > LARGEST_SIDE) return null
  return `${width}x${height}`
}

function hashOf(pixels: ImageData | null): string | null {
  if (pixels === null) return null
  return btoa(String.fromCharCode(...rgbaToThumbHash(pixels.width, pixels.height, pixels.data)))
}
