const RASTER = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp'
])

export type FileKind = 'image' | 'audio' | 'video' | 'text' | 'archive' | 'other'

/** Only these are ever shown as pictures: an SVG is a document, and documents can run code. */
export function isRasterImage(mime: string | null | undefined): boolean {
  return RASTER.has(mime ?? '')
}

/** How a file is shown, by its media type. */
export function kindOf(mime: string | null | undefined): FileKind {
  if (isRasterImage(mime)) return 'image'
  if (mime?.startsWith('audio/')) return 'audio'
  if (mime?.startsWith('video/')) return 'video'
  if (mime?.startsWith('text/') || mime === 'application/pdf') return 'text'
  if (/zip|tar|7z|gzip|xz|zstd|bzip2/.test(mime ?? '')) return 'archive'
  return 'other'
}
