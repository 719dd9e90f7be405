/** Electron's security checklist, held against the sources; its window needs its own program. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { appPath, parseDesktopArgs } from '../../app/shells/electron/args.ts'
import { isOurLink, isWebLink, linkIn } from '../../app/shells/electron/links.ts'
import { readPlace, writePlace } from '../../app/shells/electron/window-place.ts'

const folder = fileURLToPath(new URL('../../../app/shells/electron', import.meta.url))
const source = (name: string): string => readFileSync(join(folder, name), 'utf8')
const all = readdirSync(folder).map(source).join('\n')

test('the window is locked as the checklist wants it', (t) => {
  const window = source('window.ts')
  for (const wanted of [
    'sandbox: true',
    'contextIsolation: true',
    'nodeIntegration: false',
    'nodeIntegrationInWorker: false',
    'nodeIntegrationInSubFrames: false',
    'webSecurity: true',
    'allowRunningInsecureContent: false',
    'webviewTag: false',
    "'will-navigate'",
    "'will-redirect'",
    "'will-attach-webview'",
    'setWindowOpenHandler',
    'setPermissionRequestHandler',
    'setPermissionCheckHandler',
    'setDevicePermissionHandler'
  ]) {
    t.ok(window.includes(wanted), wanted)
  }
  t.ok(
    source('main.ts').includes('lockNavigation') && source('main.ts').includes('lockPermissions')
  )
  const scheme = source('page-scheme.ts')
  t.ok(scheme.includes("default-src 'none'") && !/unsafe-(inline|eval)/.test(scheme), 'the CSP')
  t.absent(/loadFile|file:\/\/|experimentalFeatures|enableBlinkFeatures|\bremote\b/.test(all))
})

test('the preload gives four functions, and every message is asked where it comes from', (t) => {
  const preload = source('preload.cts')
  t.absent(/exposeInMainWorld\([^)]*ipcRenderer\b\s*\)/.test(preload))
  const requires = [...preload.matchAll(/require\('([^']+)'\)/g)].map(([, name]) => name)
  t.alike(requires, ['electron'], 'a sandboxed preload has nothing else')
  const calls = source('calls.ts')
  const listeners = calls.match(/ipcMain\.(on|handle)\(/g) ?? []
  t.is(calls.match(/if \(!fromOurPage\(event\)\)/g)?.length, listeners.length)
})

test('links: ours go to the page, the web to the browser, and nothing else anywhere', (t) => {
  t.ok(isOurLink('hypertuna://join/abc', 'hypertuna'))
  t.absent(isOurLink('hypertuna://join/a b', 'hypertuna'))
  t.absent(isOurLink('file:///etc/passwd', 'hypertuna'))
  t.absent(isOurLink(`hypertuna://${'a'.repeat(6000)}`, 'hypertuna'))
  t.is(linkIn(['app', '--x', 'hypertuna://join/abc'], 'hypertuna'), 'hypertuna://join/abc')
  t.ok(isWebLink('https://example.org'))
  for (const url of ['file:///x', 'javascript:alert(1)', 'smb://host/x', 'nonsense']) {
    t.absent(isWebLink(url), url)
  }
})

test('arguments, the built app, and the place of the window', async (t) => {
  const args = parseDesktopArgs(['--type=x', '--storage', '/s'], { bootstrap: null })
  t.is(args.storage, '/s')
  const env = { APPIMAGE: '/opt/Hypertuna.AppImage' }
  t.alike(appPath(true, '', '', env, 'linux'), { path: env.APPIMAGE, name: 'Hypertuna.AppImage' })
  t.is(appPath(false, '', '', env, 'linux'), null)
  const path = join(await t.tmp(), 'window.json')
  const fallback = { width: 800, height: 600 }
  const screen = { x: 0, y: 0, width: 1920, height: 1080 }
  t.alike(readPlace(path, fallback, [screen]), { bounds: fallback, maximized: false })
  const place = { bounds: { x: 10, y: 10, width: 700, height: 500 }, maximized: false }
  writePlace(path, place)
  t.alike(readPlace(path, fallback, [screen]), place)
  t.alike(readPlace(path, fallback, [{ ...screen, x: 5000 }]).bounds, fallback, 'no screen there')
})
