import { isRasterImage } from './kinds.ts'

/** Decoding a larger image only to learn its size would cost more than it gives */
const LARGEST = 64 * 1024 * 1024

/** "640x480" for a raster image that the browser can decode, else null. */
export async function readDimensions(file: File, mime: string | null): Promise<string | null> {
  if (!isRasterImage(mime) || file.size > LARGEST) return null
  try {
    const bitmap = await createImageBitmap(file)
    const dim = `${bitmap.width}x${bitmap.height}`
    bitmap.close()
    return dim
  } catch {
    return null // not an image after all, or one that this browser cannot decode
  }
}
