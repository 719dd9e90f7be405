/** The built interface: its files by their URL, and the headers that guard it. */
import { readdir, readFile, stat } from 'bare-fs/promises'
import { join } from 'bare-path'
import { contentSecurityPolicy } from '../page-policy.ts'

export interface Asset {
  readonly status: number
  readonly headers: Record<string, string | number>
  readonly body: Uint8Array
}

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8'
}

const MISSING = 'The interface is not built yet: run `npm run build`, then load this page again.\n'

export class Page {
  private readonly folder: string
  /** URL path to file path: only what is listed here is ever opened. */
  private files = new Map<string, string>()

  /** @param folder what Vite built */
  constructor(folder: string) {
    this.folder = folder
  }

  /** The file for a URL's path, or null. @throws when the disk does */
  async asset(path: string, port: number): Promise<Asset | null> {
    const name = path === '/' ? '/index.html' : path
    let file = this.files.get(name)
    if (file === undefined) {
      this.files = await this.list() // built again, or for the first time
      file = this.files.get(name)
    }
    if (file === undefined) {
      if (path !== '/') return null
      return respond(503, Buffer.from(MISSING), 'text/plain; charset=utf-8', 'no-store', port)
    }
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
    // Vite puts a hash of the content into the names of what it builds.
    const hashed = name.startsWith('/assets/')
    const cache = hashed ? 'private, max-age=31536000, immutable' : 'no-cache'
    return respond(200, (await readFile(file)) as Uint8Array, type, cache, port)
  }

  private async list(): Promise<Map<string, string>> {
    const files = new Map<string, string>()
    const folders = ['']
    for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
      for (const name of await names(join(this.folder, at))) {
        const path = `${at}/${name}`
        const file = join(this.folder, path)
        if ((await stat(file)).isDirectory()) folders.push(path)
        else files.set(path, file)
      }
    }
    return files
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)) as string[]
  } catch (err) {
    if ((err as { code?: string }).code === 'ENOENT') return []
    throw err
  }
}

function respond(
  status: number,
  body: Uint8Array,
  type: string,
  cache: string,
  port: number
): Asset {
  const headers = {
    'Content-Type': type,
    'Content-Length': body.byteLength,
    'Cache-Control': cache,
    'Content-Security-Policy': contentSecurityPolicy([
      `ws://127.0.0.1:${port}`,
      `ws://localhost:${port}`
    ])
  }
  return { status, headers, body }
}
