/** The page in a Pear window, which has no frame and speaks by a pipe. */
import { createReadStream } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from './page-test.ts'
import { openBrowser } from './page.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml'
}
const built = fileURLToPath(new URL('../../ui', import.meta.url))

/** What pear-electron puts into a window before its page runs, as far as we use it. */
const PEAR = `
  const IPC = Symbol('ipc'), UI = Symbol('ui')
  const done = (globalThis.done = [])
  const app = {}
  for (const name of ['minimize', 'maximize', 'restore', 'close']) {
    app[name] = async () => void done.push(name)
  }
  app.isMaximized = async () => done.filter((name) => name === 'maximize').length === 1
  const pipe = { on() {}, write: (bytes) => (globalThis.greeted = bytes.byteLength, true) }
  class API { static IPC = IPC; static UI = UI; [IPC] = { pipe: () => pipe }; [UI] = { app } }
  globalThis.Pear = new API()
`

test('a Pear window is sized and closed by its page', { timeout: 60_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const server = await serve()
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const page = await browser.newPage()
  const wrong: string[] = []
  page.on('pageerror', (err) => wrong.push(err.message))
  await page.addInitScript(PEAR)
  await page.goto(`http://127.0.0.1:${port}/index.html`)
  for (const name of ['Minimise', 'Maximise or restore', 'Maximise or restore', 'Close']) {
    await page.getByRole('button', { name }).click()
  }
  t.alike(await page.evaluate('done'), ['minimize', 'maximize', 'restore', 'close'])
  t.ok(await page.evaluate('greeted > 16'), 'and it speaks to index.js by the pipe')
  const bar = await page.locator('.window-bar').boundingBox()
  t.ok(bar !== null && bar.y === 0 && bar.height < 48, 'the bar is a narrow one at the top')
  t.alike(wrong, [])
})

async function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream')
    createReadStream(built + path)
      .on('error', () => response.writeHead(404).end())
      .pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
