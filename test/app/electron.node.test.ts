/** Electron's security checklist, held against the sources; its window needs its own program. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { parseDesktopArgs } from '../../app/shells/electron/args.ts'
import { builtApp, relaunchOf } from '../../app/shells/electron/built-app.ts'
import { isOurLink, isWebLink, linkIn } from '../../app/shells/electron/links.ts'
import { contentSecurityPolicy } from '../../app/shells/page-policy.ts'
import { readPlace, writePlace } from '../../app/shells/electron/window-place.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = join(root, 'app/shells/electron')
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: { electron: string }
}
const source = (name: string): string => readFileSync(join(folder, name), 'utf8')
const all = readdirSync(folder).map(source).join('\n')

/** Electron's list (docs/tutorial/security), by its numbers: what has to be there, and what must not. */
const CHECKLIST: [point: string, wanted: RegExp[], refused?: RegExp][] = [
  ['1 only secure content', [/loadURL\(`\$\{PAGE_ORIGIN\}\/`\)/], /loadURL\(['"`]http|loadFile/],
  [
    '2 no Node in the page',
    [
      /nodeIntegration: false/,
      /nodeIntegrationInWorker: false/,
      /nodeIntegrationInSubFrames: false/
    ],
    /nodeIntegration\w*: true/
  ],
  ['3 context isolation', [/contextIsolation: true/]],
  ['4 sandboxed', [/sandbox: true/, /app\.enableSandbox\(\)/], /no-sandbox/],
  [
    '5 permissions',
    [
      /setPermissionRequestHandler/,
      /setPermissionCheckHandler/,
      /setDevicePermissionHandler\(\(\) => false\)/
    ]
  ],
  ['6 web security', [/webSecurity: true/], /webSecurity: false/],
  ['7 a policy', [/'Content-Security-Policy': contentSecurityPolicy\(\)/]],
  ['8 no mixed content', [/allowRunningInsecureContent: false/]],
  ['9 no experiments', [], /experimentalFeatures: true/],
  ['10 no Blink features', [], /enableBlinkFeatures/],
  ['11 no pop-ups of webviews', [/webviewTag: false/], /allowpopups/i],
  ['12 no webviews', [/'will-attach-webview', \(event\) => event\.preventDefault\(\)/]],
  ['13 navigation', [/'will-navigate'/, /'will-redirect'/, /'web-contents-created'/]],
  ['14 windows', [/setWindowOpenHandler/, /action: 'deny'/]],
  ['15 what is opened outside', [/if \(isWebLink\(url\)\) void shell\.openExternal/]],
  ['17 who sends', [/fromOurPage/]],
  ['18 no file: pages', [/registerSchemesAsPrivileged/], /file:\/\//],
  ['20 no Electron for the page', [/exposeInMainWorld/], /exposeInMainWorld\([^{]*ipcRenderer\b/]
]

test('the window is locked as the checklist wants it', (t) => {
  for (const [point, wanted, refused] of CHECKLIST) {
    const missing = wanted.filter((what) => !what.test(all))
    t.ok(missing.length === 0 && refused?.test(all) !== true, `${point} ${missing.join()}`)
  }
  const { electron } = own.devDependencies
  t.ok(/^\d+\.\d+\.\d+$/.test(electron) && Number.parseInt(electron) >= 45, '16 a current Electron')
  const forge = readFileSync(join(root, 'app/release/forge.config.cts'), 'utf8')
  const fuses = [...forge.matchAll(/^  (\d): (true|false), \/\/ (\w+)|^  7: false/gm)].map(
    ([line]) => line.trim()
  )
  t.alike(
    fuses,
    [
      '0: false, // RunAsNode',
      '1: true, // EnableCookieEncryption',
      '2: false, // EnableNodeOptionsEnvironmentVariable',
      '3: false, // EnableNodeCliInspectArguments',
      '7: false'
    ],
    '19 fuses'
  )
})

test('one policy for the page, whoever serves it', (t) => {
  const policy = contentSecurityPolicy(['ws://127.0.0.1:*', 'ws://localhost:*'])
  t.absent(/unsafe|\*(?![;\s]|$)|https?:(?!\/\/127)/.test(policy), policy)
  const page = readFileSync(join(root, 'index.html'), 'utf8')
  const [, inPage] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page) ?? []
  t.is(inPage, policy.replace("; frame-ancestors 'none'", ''), 'that one works in a header alone')
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

test('arguments, and the place of the window', async (t) => {
  const args = parseDesktopArgs(['--type=x', '--storage', '/s', '--no-updates'], {
    bootstrap: null
  })
  t.alike([args.storage, args.updates], ['/s', false])
  const path = join(await t.tmp(), 'window.json')
  const fallback = { width: 800, height: 600 }
  const screen = { x: 0, y: 0, width: 1920, height: 1080 }
  t.alike(readPlace(path, fallback, [screen]), { bounds: fallback, maximized: false })
  const place = { bounds: { x: 10, y: 10, width: 700, height: 500 }, maximized: false }
  writePlace(path, place)
  t.alike(readPlace(path, fallback, [screen]), place)
  t.alike(readPlace(path, fallback, [{ ...screen, x: 5000 }]).bounds, fallback, 'no screen there')
})

test('the built app is what an update swaps, and what is started after it', (t) => {
  const image = { APPIMAGE: '/home/me/hypertuna-0.1.0 (1).AppImage' }
  const place = { productName: 'Hypertuna', resources: '/a/b/c/resources', executable: '/x/h.exe' }
  const linux = builtApp({ ...place, env: image, platform: 'linux' })
  t.alike(linux, { path: image.APPIMAGE, name: 'Hypertuna.AppImage' }, 'by whatever name')
  t.is(builtApp({ ...place, env: {}, platform: 'linux' }), null, 'nothing to swap')
  t.is(builtApp({ ...place, env: {}, platform: 'darwin' })?.name, 'Hypertuna.app')
  t.is(builtApp({ ...place, env: {}, platform: 'win32' })?.name, 'Hypertuna.msix')

  const argv = ['/tmp/.mount_x/Hypertuna', '--storage', '/s', '--appimage-extract-and-run']
  t.alike(
    relaunchOf(argv, image, 'linux'),
    { execPath: image.APPIMAGE, args: ['--appimage-extract-and-run', '--storage', '/s'] },
    'the new image, and not the mount of the old one'
  )
  t.alike(relaunchOf(argv, {}, 'darwin'), {})
  t.is(relaunchOf(argv, {}, 'win32'), null, 'the installer starts it')
})
