/** The page, served to the window by a scheme of its own: no port, and no file: URLs. */
import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { protocol } from 'electron'
import { contentSecurityPolicy } from '../page-policy.ts'

export const PAGE_SCHEME = 'hypertuna-app'
export const PAGE_ORIGIN = `${PAGE_SCHEME}://page`

/** Whether a URL is our own page's, or of a part of it. */
export const isOurPage = (url: string): boolean => url.startsWith(`${PAGE_ORIGIN}/`)

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm'
}

/** Before the app is ready: makes the scheme an origin like https, whose code is kept compiled. */
export function registerPageScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true }
  protocol.registerSchemesAsPrivileged([{ scheme: PAGE_SCHEME, privileges }])
}

/** Once it is. @param folder what Vite built */
export function servePage(folder: string): void {
  protocol.handle(PAGE_SCHEME, async ({ url, method }) => {
    const file = fileOf(url, folder)
    if (file === null || method !== 'GET') return new Response(null, { status: 404 })
    try {
      const headers = {
        'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy': contentSecurityPolicy(),
        'X-Content-Type-Options': 'nosniff',
        'Cross-Origin-Opener-Policy': 'same-origin'
      }
      return new Response(new Uint8Array(await readFile(file)), { headers })
    } catch {
      return new Response(null, { status: 404 }) // whatever the reason, the page has no such part
    }
  })
}

/** The file of a URL, or null for one that leads out of the folder. */
export function fileOf(url: string, folder: string): string | null {
  let path: string
  try {
    const { host, pathname } = new URL(url)
    if (`${PAGE_SCHEME}://${host}` !== PAGE_ORIGIN) return null
    path = decodeURIComponent(pathname)
  } catch {
    return null
  }
  const file = normalize(join(folder, path === '/' ? 'index.html' : path))
  return file.startsWith(folder + sep) && !file.includes('\0') ? file : null
}
