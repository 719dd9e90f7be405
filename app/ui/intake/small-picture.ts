import { HEAD, imageSize } from './image-size.ts'

/** Larger ones are not decoded: one of 48 million pixels takes 192 MB while it is */
const MOST_PIXELS = 48_000_000
const MOST_BYTES = 96 * 1024 * 1024
/** How long the browser may take over one, in ms */
const PATIENCE = 8000
/** Decoding takes memory by the hundred MB, so pictures wait for one another */
const AT_ONCE = 2

/** A picture made small, and how large it is in truth (as it is seen, turned or not). */
export interface Small {
  bitmap: ImageBitmap
  width: number
  height: number
}

/** How large a picture may be to be shown at all. */
export function isModest({ width, height }: { width: number; height: number }): boolean {
  return width * height <= MOST_PIXELS
}

/** How large a picture is, by its first bytes; null for one that nobody should decode. */
export async function modestSize(file: Blob): Promise<{ width: number; height: number } | null> {
  const size = imageSize(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()))
  return size !== null && isModest(size) ? size : null
}

/**
 * Decodes a picture into at most `side` pixels each way. Who asks closes the bitmap.
 * @returns null for what is too large, broken, no picture, or takes too long
 */
export async function decodeSmall(file: Blob, side: number): Promise<Small | null> {
  if (file.size > MOST_BYTES) return null
  const size = await modestSize(file)
  if (size === null) return null
  const scale = Math.min(1, side / Math.max(size.width, size.height))
  const resizeWidth = Math.max(1, Math.round(size.width * scale))
  const resizeHeight = Math.max(1, Math.round(size.height * scale))
  // Only one is given: of a photo that is turned the other follows
  const long = size.width >= size.height ? { resizeWidth } : { resizeHeight }
  const bitmap = await inTurn(() => createImageBitmap(file, { ...long, resizeQuality: 'medium' }))
  if (bitmap === null) return null
  const turned = bitmap.width > bitmap.height !== size.width > size.height
  const { width, height } = turned ? { width: size.height, height: size.width } : size
  return { bitmap, width, height }
}

let running = 0
const waiting: (() => void)[] = []

/** A decoder that hangs keeps its place: more of its kind would only take more memory. */
async function inTurn(decode: () => Promise<ImageBitmap>): Promise<ImageBitmap | null> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go))
  running++
  const done = (): void => {
    running--
    waiting.shift()?.()
  }
  let late = false
  const decoded = decode().then(
    (bitmap) => {
      done()
      if (late) bitmap.close()
      return bitmap
    },
    () => {
      done()
      return null // it is not what it says, or not one that this browser knows
    }
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  const given = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      late = true
      resolve(null)
    }, PATIENCE)
  })
  const bitmap = await Promise.race([decoded, given])
  clearTimeout(timer)
  return bitmap
}

/** The pixels of something that can be drawn, at most `side` each way. */
export function pixelsOf(
  image: CanvasImageSource,
  { width, height }: { width: number; height: number },
  side: number
): ImageData | null {
  const context = drawn(image, { width, height }, side)
  const { canvas } = context ?? {}
  if (!context || !canvas) return null
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

/** A picture made small, as a file; null as of {@link decodeSmall}. */
export async function smallWebp(file: Blob, side: number): Promise<Blob | null> {
  const small = await decodeSmall(file, side)
  if (small === null) return null
  const { bitmap } = small
  try {
    return await webpOf(bitmap, bitmap, side)
  } finally {
    bitmap.close()
  }
}

/** What can be drawn, as a file that is small enough to keep many of. */
export async function webpOf(
  image: CanvasImageSource,
  size: { width: number; height: number },
  side: number
): Promise<Blob | null> {
  const context = drawn(image, size, side)
  return context === null
    ? null
    : context.canvas.convertToBlob({ type: 'image/webp', quality: 0.82 })
}

function drawn(
  image: CanvasImageSource,
  { width, height }: { width: number; height: number },
  side: number
): OffscreenCanvasRenderingContext2D | null {
  if (width === 0 || height === 0) return null
  const scale = Math.min(1, side / Math.max(width, height))
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale))
  )
  const context = canvas.getContext('2d')
  if (context === null) return null
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  return context
}
