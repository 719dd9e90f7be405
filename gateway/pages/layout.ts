import { fileLink, extensionFor } from '../../protocol/ids.ts'
import type { NamedFile } from '../../protocol/file-event.ts'
import { Html, markup } from './html.ts'
import { POLICY, STYLE } from './style.ts'

export interface Page {
  status: number
  headers: Record<string, string>
  body: string
}

/** A whole page. */
export function makePage(title: string, content: Html, status = 200): Page {
  const { text } = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <style>${new Html(STYLE)}</style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cache-Control': status === 200 ? 'public, max-age=10' : 'no-store',
    Vary: 'Accept',
    'Content-Length': String(Buffer.byteLength(text))
  }
  return { status, headers, body: text }
}

/** Why there is nothing to see. */
export function makeErrorPage(status: number, message: string): Page {
  const title = status === 404 || status === 410 ? 'Nothing here' : 'Not to be seen now'
  return makePage(
    title,
    markup`<h1>${title}</h1>
      <p>${message}.</p>`,
    status
  )
}

/** Where a file's bytes are, and its page; on this host. */
export function linksOf(
  publicIdentifier: string,
  { hash, mime, name }: NamedFile
): { bytes: string; download: string; page: string } {
  const bytes = fileLink('', publicIdentifier, hash, extensionFor(mime, name))
  return { bytes, download: `${bytes}?download`, page: bytes.replace('/drive/', '/view/') }
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB']

/** Bytes for people: `1.4 MB`. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  if (unit === 0) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}

/** A day, for people and programs. `seconds` since 1970. */
export function dayOf(seconds: number): Html | null {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return null
  const iso = date.toISOString()
  return markup`<time datetime="${iso}">${iso.slice(0, 10)}</time>`
}

export function titleOf({ name, hash }: NamedFile): string {
  return name ?? `${hash.slice(0, 12)}…`
}

/** What a file is, in a word. */
export function kindOf(mime: string | null): 'image' | 'video' | 'audio' | 'text' | 'file' {
  const [, kind] = /^(image|video|audio|text)\//.exec(mime ?? '') ?? []
  if (kind === undefined || mime === 'image/svg+xml') return 'file'
  return kind as 'image'
}
