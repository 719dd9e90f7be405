import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { previewOf } from './media.ts'

/** Pixels of the longer side: sharp in the gallery on a dense screen */
const SIDE = 360
/** Larger pictures are not taken to pieces only for a thumbnail */
const LARGEST = 48 * 1024 * 1024
const AT_ONCE = 3
const KEPT = 600
const FRAME_WAIT = 6000

type Maker = (url: string, signal: AbortSignal) => Promise<Blob | null>

/** Small pictures of files, made once by the page and kept while it is open. */
class Thumbs {
  readonly #made = new Map<string, Promise<string | null>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  /** The address of a small picture; null where none can be made. */
  of(file: SharedFile, url: string): Promise<string | null> {
    const known = this.#made.get(file.hash)
    if (known !== undefined) return known
    const made = this.#turn(() => make(file, url))
    this.#made.set(file.hash, made)
    if (this.#made.size > KEPT) this.#forgetOldest()
    return made
  }

  #forgetOldest(): void {
    const [oldest] = this.#made
    if (oldest === undefined) return
    this.#made.delete(oldest[0])
    void oldest[1].then((url) => url !== null && URL.revokeObjectURL(url))
  }

  async #turn(job: () => Promise<string | null>): Promise<string | null> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go))
    this.#running++
    try {
      return await job()
    } catch {
      return null // not what its type says, or cut off: the icon of its kind stays
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}

export const thumbs = new Thumbs()

export function hasThumb(file: SharedFile): boolean {
  const kind = previewOf(file.mime)
  return (kind === 'image' && file.size <= LARGEST) || kind === 'video'
}

async function make(file: SharedFile, url: string): Promise<string | null> {
  const signal = AbortSignal.timeout(30_000)
  const maker: Maker = previewOf(file.mime) === 'video' ? frameOf : smallOf
  const blob = await maker(url, signal)
  return blob === null ? null : URL.createObjectURL(blob)
}

async function smallOf(url: string, signal: AbortSignal): Promise<Blob | null> {
  const answer = await fetch(url, { signal })
  if (!answer.ok) return null
  const whole = await createImageBitmap(await answer.blob())
  try {
    return await draw(whole, whole.width, whole.height)
  } finally {
    whole.close()
  }
}

/** A frame of a film's first second; only the bytes for it are read. */
async function frameOf(url: string, signal: AbortSignal): Promise<Blob | null> {
  const video = document.createElement('video')
  video.crossOrigin = 'anonymous'
  video.muted = true
  video.preload = 'auto'
  const until = AbortSignal.any([signal, AbortSignal.timeout(FRAME_WAIT)])
  try {
    const there = event(video, 'seeked', until)
    video.addEventListener('loadedmetadata', () => {
      video.currentTime = Math.min(1, video.duration / 3 || 0)
    })
    video.src = url
    await there
    return await draw(video, video.videoWidth, video.videoHeight)
  } finally {
    video.removeAttribute('src')
    video.load()
  }
}

function event(target: HTMLVideoElement, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, () => resolve(), { once: true, signal })
    target.addEventListener('error', () => reject(new Error('Not a film')), { once: true, signal })
    signal.addEventListener('abort', () => reject(new Error('It took too long')), { once: true })
  })
}

async function draw(image: CanvasImageSource, width: number, height: number): Promise<Blob | null> {
  if (width === 0 || height === 0) return null
  const scale = Math.min(1, SIDE / Math.max(width, height))
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale))
  )
  const context = canvas.getContext('2d')
  if (context === null) return null
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas.convertToBlob({ type: 'image/webp', quality: 0.82 })
}
