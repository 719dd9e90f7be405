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

/** Those that can be shown on the page: what has a look of its own comes first. */
export function openable<T extends { mime?: string | null }>(files: readonly T[]): T[] {
  const seen: T[] = []
  const others: T[] = []
  for (const file of files) {
    const kind = previewOf(file.mime)
    if (kind !== null) (kind === 'image' || kind === 'video' ? seen : others).push(file)
  }
  return [...seen, ...others]
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

/** The same file, to be saved under its name and not shown. */
export function downloadUrl(url: string, name: string | null | undefined): string {
  const named = name ? `&filename=${encodeURIComponent(name.toWellFormed())}` : ''
  return `${url}${url.includes('?') ? '&' : '?'}download${named}`
}

/** How near a file is, for sorting: the nearest has the lowest number. */
export function availabilityRank(file: SharedFile): number {
  if (file.here) return 0
  if (file.phase === 'fetching') return 1
  if (file.phase === 'bad') return 4
  return file.online > 0 ? 2 : 3
}
