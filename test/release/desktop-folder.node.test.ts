/**
 * The desktop folder of a release, as it is deployed, with its worker in pear-runtime's
 * sidecar. Electron itself is stood for: its own program is fetched from elsewhere.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { register } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { MessagePort } from 'node:worker_threads'
import test from 'brittle'
import { bareBinary } from '../../app/bare-binary.ts'
import { pagePort, PortStream } from '../../app/shells/port-stream.ts'
import { createClient } from '../../protocol/rpc/client.ts'

const folder = mkdtempSync(join(tmpdir(), 'hypertuna-desktop-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
register(new URL('../app/electron-hooks.js', import.meta.url))
const { app, asked, asks, dialog, ipcMain, Menu, powerMonitor } =
  await import('../app/electron-stand-in.ts')

const PAGE = 'hypertuna-app://page/'

test('the desktop app from its start to its end', { timeout: 90_000 }, async (t) => {
  const main = fileURLToPath(new URL('../../app/release/main.js', import.meta.url))
  const desktop = join(folder, 'desktop')
  const platform = `${process.platform}-${process.arch}`
  const flags = ['--only', 'desktop', '--target', desktop, '--platforms', platform]
  execFileSync(bareBinary(), [main, ...flags])
  const link = 'hypertuna://join/abc'
  process.argv = ['electron', '--storage', join(folder, 's'), '--bootstrap', '127.0.0.1:1', link]
  await import(pathToFileURL(join(desktop, 'app/shells/electron/main.js')).href)
  t.pass('it is evaluated before Electron is ready, which waits for that')
  t.is(app.paths['userData'], join(folder, 's'))
  const opened = once(app, 'stand-in:window')
  app.start()
  const [window] = await opened
  t.is(window.url, PAGE)
  const { sandbox, contextIsolation, nodeIntegration } = window.options.webPreferences
  t.alike([sandbox, contextIsolation, nodeIntegration], [true, true, false])
  await checkPage(t)
  checkLocks(t, window.webContents)

  const stranger = await ask('shell-call', { url: 'https://example.org/' }, 'read-config')
  t.is((stranger as { error: { code: string } }).error.code, 'FORBIDDEN')
  await ask('shell-call', { url: PAGE }, 'write-config', { displayName: 'Mara' })
  const answered = await ask('shell-call', { url: PAGE }, 'read-config')
  t.is((answered as { value: { displayName: string } }).value.displayName, 'Mara')
  t.alike(await ask('shell-call', { url: PAGE }, 'choose-files'), { value: ['/a/file'] })

  t.is(openSession({ url: 'https://example.org/' }), null, 'a stranger gets no session')
  const client = createClient(openSession({ url: PAGE })!)
  const driveKey = await new Promise<string>((resolve) => {
    client.subscribe('status', {}, ({ state, driveKey }) => {
      if (state === 'ready') resolve(driveKey)
    })
  })
  t.ok(/^[0-9a-f]{64}$/.test(driveKey), 'the worker answers over a port')
  const events = (): unknown[] => window.webContents.sent.map(([, event]: unknown[]) => event)
  t.alike(events(), [
    { event: 'update', state: 'none' },
    { event: 'link', url: link }
  ])
  powerMonitor.emit('suspend')
  powerMonitor.emit('resume')
  app.emit('second-instance', {}, ['electron', 'hypertuna://join/def'])
  t.alike(events().at(-1), { event: 'link', url: 'hypertuna://join/def' })
  t.is(window.focused, 1, 'a second start shows the first')

  const again = once(window.webContents, 'reloaded')
  window.webContents.emit('render-process-gone', {}, { reason: 'crashed' })
  await again
  t.pass('a page that crashed is loaded again')
  t.absent(asked(window.webContents, 'will-prevent-unload'), 'who would lose something stays')
  dialog.pressed = 1
  t.ok(asked(window.webContents, 'will-prevent-unload'), 'or closes it all the same')
  dialog.pressed = 0
  window.close()
  const next = once(app, 'stand-in:window')
  app.emit('activate')
  const [other] = await next
  t.ok(other !== window, 'the app goes on without a window')
  dialog.asked = []
  Menu.items.find(({ label }) => label === 'Quit')?.click()
  t.alike(dialog.asked, [], 'who has nothing alone is not asked')
  t.ok(asked(other.webContents, 'will-prevent-unload'), 'no page keeps the app from its end')
  await app.quitted
  t.is(app.exitCode, 0, 'it ends when the worker has')
})

async function checkPage(t: Assert): Promise<void> {
  const page = await asks.scheme({ url: PAGE, method: 'GET' })
  t.ok(page.headers.get('Content-Security-Policy')?.includes("default-src 'none'"))
  t.ok((await page.text()).includes('<title>Hypertuna</title>'))
  for (const url of [`${PAGE}..%2fpackage.json`, `${PAGE}none.js`, 'hypertuna-app://other/']) {
    t.is((await asks.scheme({ url, method: 'GET' })).status, 404, url)
  }
}

type Assert = { is: (a: unknown, b: unknown, m?: string) => void } & Record<
  'ok' | 'absent',
  (a: unknown, m?: string) => void
>
type Contents = InstanceType<
  typeof import('../app/electron-stand-in.ts').BrowserWindow
>['webContents']

function checkLocks(t: Assert, contents: Contents): void {
  const page = { isMainFrame: true, requestingUrl: PAGE }
  const cases: [string, object, boolean][] = [
    ['notifications', page, true],
    ['media', page, false],
    ['notifications', { ...page, isMainFrame: false }, false],
    ['notifications', { ...page, requestingUrl: 'https://example.org/' }, false]
  ]
  for (const [permission, details, expected] of cases) {
    let given: unknown
    asks.permission(contents, permission, (answer: boolean) => (given = answer), details)
    t.is(given, expected, permission)
  }
  t.absent(asks.check(null, 'notifications', 'https://example.org'))
  t.absent(asks.device())
  for (const url of ['https://example.org/', 'file:///etc/passwd', 'hypertuna-app://page.evil/']) {
    t.ok(asked(contents, 'will-navigate', url) && asked(contents, 'will-redirect', url), url)
  }
  t.absent(asked(contents, 'will-navigate', PAGE))
  t.ok(asked(contents, 'will-attach-webview'))
  const urls = ['https://example.org/', 'file:///etc/passwd', 'javascript:alert(1)']
  for (const url of urls) t.is(contents.openHandler({ url }).action, 'deny')
  t.is(asks.opened.join(), 'https://example.org/', 'the web goes to the browser, all else nowhere')
}

interface Frame {
  url: string
  postMessage?(name: string, message: unknown, ports: MessagePort[]): void
}

async function ask(name: string, frame: Frame, ...args: unknown[]): Promise<unknown> {
  const event = { senderFrame: frame, sender: { mainFrame: frame } }
  return asks.handlers.get(name)?.(event, ...args)
}

/** What the preload does for the page. */
function openSession(frame: Frame): PortStream | null {
  let given: MessagePort | null = null
  frame.postMessage = (_, __, [port]) => void (given = port ?? null)
  ipcMain.emit('open-session', { senderFrame: frame, sender: { mainFrame: frame } })
  return given === null ? null : new PortStream(pagePort(given as never))
}
