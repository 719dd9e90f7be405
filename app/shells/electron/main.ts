/**
 * `npm run desktop`, and the app that Pear v3 installs: Electron with the worker in
 * pear-runtime's sidecar. This file composes; what it composes lies beside it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, powerMonitor, screen, type BrowserWindow } from 'electron'
import PearRuntime from 'pear-runtime'
import type { PearConfig } from '../../release/config.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { ShellEvent } from '../calls.ts'
import { KeptWorker } from '../kept-worker.ts'
import { logToConsole } from './log.ts'
import { UserConfig } from '../user-config.ts'
import { Updates, type UpdateSource } from '../updates.ts'
import { appPath, parseDesktopArgs } from './args.ts'
import { answerPage } from './calls.ts'
import { isOurLink, linkIn } from './links.ts'
import { registerPageScheme, servePage } from './page-scheme.ts'
import { launchSidecar } from './sidecar.ts'
import { sleepWith } from '../sleep.ts'
import { notify, showTray } from './tray.ts'
import { updatesOf } from './updater.ts'
import { lockNavigation, lockPermissions, openWindow } from './window.ts'
import { readPlace, writePlace } from './window-place.ts'

const log = logToConsole
const here = dirname(fileURLToPath(import.meta.url))
// As it is built: dist/app/shells/electron. As it is packaged: app/shells/electron.
const root = join(here, '../../..')
const packaged = existsSync(join(root, 'worker.bundle'))
const config = JSON.parse(
  readFileSync(join(root, packaged ? '.' : '..', 'pear.config.json'), 'utf8')
) as PearConfig

const args = parseDesktopArgs(process.argv.slice(packaged ? 1 : 2), config)
if (args.storage !== null) app.setPath('userData', args.storage)
registerPageScheme()
app.enableSandbox()

let window: BrowserWindow | null = null
let quitting = false
/** A link that came before there was a page to hear of it. */
let link = linkIn(process.argv, config.protocol)

if (app.requestSingleInstanceLock()) await main()
else app.quit() // the other one shows itself, and takes our link

async function main(): Promise<void> {
  app.setAsDefaultProtocolClient(config.protocol)
  const storage = app.getPath('userData')
  const place = join(storage, 'window.json')
  const argv = ['--storage', storage]
  if (args.bootstrap !== null) argv.push('--bootstrap', args.bootstrap.join(','))
  const bundle = join(root, packaged ? 'worker.bundle' : '../dist/desktop/worker.bundle')
  const worker = new KeptWorker(
    () => launchSidecar(bundle, argv, (text) => process.stderr.write(text)),
    log
  )
  const userConfig = new UserConfig(storage)
  const pear = followUpdates(storage)
  const relaunch = (): void => {
    app.relaunch()
    app.quit()
  }
  const say = (event: ShellEvent): void => window?.webContents.send('shell-event', event)
  const updates = new Updates(pear === null ? NO_UPDATES : updatesOf(pear, relaunch), worker, {
    log,
    onstate(state) {
      say({ event: 'update', state })
      if (state === 'ready' && !window?.isFocused()) {
        notify(config.productName, 'A newer version runs from the next start on.')
      }
    }
  })
  worker.on('exit', (code) => {
    if (quitting || code === 0) return
    notify(config.productName, 'It stopped unexpectedly in the background, and is started again.')
  })

  app.on('second-instance', (_, secondArgv) => {
    follow(linkIn(secondArgv, config.protocol))
    show()
  })
  app.on('open-url', (event, url) => {
    event.preventDefault()
    if (isOurLink(url, config.protocol)) follow(url)
  })
  app.on('web-contents-created', (_, contents) => lockNavigation(contents))
  app.on('window-all-closed', () => undefined) // it goes on behind its tray
  app.on('activate', show)
  app.on('before-quit', (event) => {
    if (quitting) return
    quitting = true
    event.preventDefault()
    void Promise.allSettled([worker.close(), userConfig.settled(), pear?.close()]).then(() =>
      app.quit()
    )
  })

  await app.whenReady()
  lockPermissions()
  servePage(join(root, 'ui'))
  answerPage({
    page: () => window,
    worker,
    userConfig,
    restart: () => updates.restart(),
    onready: () => {
      say({ event: 'update', state: updates.state })
      follow(link)
    }
  })
  sleepWith(powerMonitor, worker, log)
  showTray({ title: config.productName, show, quit: () => app.quit() })
  await worker.ready()
  show()

  function follow(url: string | null): void {
    link = url
    if (url === null || window === null) return
    say({ event: 'link', url })
    link = null
  }

  function show(): void {
    if (window !== null) {
      if (window.isMinimized()) window.restore()
      window.show()
      return window.focus()
    }
    const { width, height, minWidth, minHeight, backgroundColor } = config.window
    const screens = screen.getAllDisplays().map(({ workArea }) => workArea)
    const opened = openWindow({
      preload: join(here, 'preload.cjs'),
      title: config.productName,
      place: readPlace(place, { width, height }, screens),
      minWidth,
      minHeight,
      backgroundColor
    })
    opened.on('close', () => {
      writePlace(place, { bounds: opened.getNormalBounds(), maximized: opened.isMaximized() })
    })
    opened.on('closed', () => {
      window = null
    })
    window = opened
  }
}

const NO_UPDATES: UpdateSource = { watch: () => undefined, restart: async () => undefined }

/** Only a built app has something to swap, and only a staged one a link to follow. */
function followUpdates(storage: string): PearRuntime | null {
  const built = appPath(app.isPackaged, process.resourcesPath, process.execPath, process.env)
  if (config.upgrade === null || built === null) return null
  const pear = new PearRuntime({
    dir: storage,
    version: VERSION,
    upgrade: config.upgrade,
    name: built.name,
    app: built.path,
    ...(config.bootstrap === null ? {} : { bootstrap: config.bootstrap })
  })
  pear.on('error', (err: unknown) => log('update-failed', { reason: String(err) }))
  return pear
}
