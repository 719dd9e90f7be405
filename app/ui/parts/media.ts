import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { isRasterImage } from '../intake/kinds.ts'

/** What can be seen, heard or read without leaving the page. */
export type PreviewKind = 'image' | 'video' | 'audio' | 'pdf' | 'text'

const TEXTS = new Set(['application/json', 'application/x-ndjson', 'application/toml'])
const PAGES = new Set(['text/html', 'text/xml', 'image/svg+xml'])

/** How a file is shown; null for what is only saved. A page is read as text, never run. */
export function previewOf(mime: string | null | undefined): PreviewKind | null {
  if (!mime) return null
  if (isRasterImage(mime)) return 'image'
  if (mime.startsWith('video/')) return 'video'
  if (mime.startsWith('audio/')) return 'audio'
  if (mime === 'application/pdf') return 'pdf'
  return mime.startsWith('text/') || TEXTS.has(mime) || PAGES.has(mime) ? 'text' : null
}

/** Whether it has a look of its own, still or moving. */
export function isPictured(mime: string | null | undefined): boolean {
  const kind = previewOf(mime)
  return kind === 'image' || kind === 'video'
}

export function isMedia(mime: string | null | undefined): boolean {
  return previewOf(mime) !== null
}

/** The worker's own address of a file that is here; nothing else is ever put into the page. */
export function mediaUrl(file: SharedFile): string | null {
  if (!file.here || !file.url || !URL.canParse(file.url)) return null
  const url = new URL(file.url)
  return url.protocol === 'http:' && url.hostname === '127.0.0.1' ? url.href : null
}

/**
 * How media are asked for: with our origin, which the worker allows by name. Without it Chromium
 * takes two ports of 127.0.0.1 for two sites and refuses what is meant for one site alone.
 */
export const FROM_WORKER = { crossOrigin: 'anonymous' } as const

/** The same file, to be saved and not shown. */
export function downloadUrl(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}download`
}

/** How near a file is, for sorting: the nearest has the lowest number. */
export function availabilityRank(file: SharedFile): number {
  if (file.here) return 0
  if (file.phase === 'fetching') return 1
  if (file.phase === 'bad') return 4
  return file.online > 0 ? 2 : 3
}
