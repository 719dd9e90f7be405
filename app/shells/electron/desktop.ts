/** The Electron app, composed: what it composes lies beside it. */
import { join } from 'node:path'
import { app, powerMonitor } from 'electron'
import type { PearConfig } from '../../release/config.ts'
import { KeptWorker } from '../kept-worker.ts'
import { sleepWith } from '../sleep.ts'
import { Updates, type UpdateSource } from '../updates.ts'
import { UserConfig } from '../user-config.ts'
import type { DesktopArgs } from './args.ts'
import { builtApp, relaunchOf } from './built-app.ts'
import { answerPage } from './calls.ts'
import { DesktopWindow } from './desktop-window.ts'
import { isOurLink, linkIn } from './links.ts'
import { mayQuit } from './leaving.ts'
import { logToConsole as log } from './log.ts'
import { OnlyHolder } from './only-holder.ts'
import { servePage } from './page-scheme.ts'
import { launchSidecar } from './sidecar.ts'
import { notify, showTray } from './tray.ts'
import { followUpgrade, type FollowedUpgrade } from './updater.ts'
import { lockNavigation, lockPermissions } from './window.ts'

export interface DesktopPlace {
  /** The built page's folder. */
  readonly page: string
  readonly preload: string
  /** The worker in one file. */
  readonly bundle: string
}

/** The app from its start to its end. */
export class Desktop {
  private readonly config: PearConfig
  private readonly place: DesktopPlace
  private readonly window: DesktopWindow
  private readonly worker: KeptWorker
  private readonly userConfig: UserConfig
  private readonly upgrade: FollowedUpgrade | null
  private readonly updates: Updates
  private readonly onlyHolder: OnlyHolder
  private quitting = false

  constructor(config: PearConfig, args: DesktopArgs, place: DesktopPlace) {
    this.config = config
    this.place = place
    const storage = app.getPath('userData')
    this.window = new DesktopWindow({
      config,
      preload: place.preload,
      place: join(storage, 'window.json'),
      link: linkIn(process.argv, config.protocol),
      log
    })
    const argv = ['--storage', storage]
    if (args.bootstrap !== null) argv.push('--bootstrap', args.bootstrap.join(','))
    const onoutput = (text: Uint8Array): void => void process.stderr.write(text)
    this.worker = new KeptWorker(() => launchSidecar(place.bundle, argv, onoutput), log)
    this.userConfig = new UserConfig(storage)
    this.onlyHolder = new OnlyHolder(this.worker, log)
    this.upgrade = upgradeFor(config, args, storage)
    this.updates = new Updates(this.upgrade ?? NO_UPDATES, this.worker, {
      log,
      onstate: (state) => {
        this.window.say({ event: 'update', state })
        if (state !== 'ready' || this.window.current?.isFocused() === true) return
        notify(config.productName, 'A newer version runs from the next start on.')
      }
    })
  }

  async run(): Promise<void> {
    const { window, worker, updates, config } = this
    this.listen()
    await app.whenReady()
    lockPermissions()
    servePage(this.place.page)
    answerPage({
      page: () => window.current,
      worker,
      userConfig: this.userConfig,
      restart: () => updates.restart(),
      onready: () => {
        window.say({ event: 'update', state: updates.state })
        window.follow(null)
      }
    })
    sleepWith(powerMonitor, worker, log)
    const quit = (): void => {
      if (mayQuit(this.onlyHolder.group)) app.quit()
    }
    showTray({ title: config.productName, show: () => window.show(), quit })
    await worker.ready()
    window.show()
  }

  private listen(): void {
    const { window, worker, config } = this
    worker.on('exit', (code) => {
      if (this.quitting || code === 0) return
      notify(config.productName, 'It stopped unexpectedly in the background, and is started again.')
    })
    app.on('second-instance', (_, argv) => {
      window.follow(linkIn(argv, config.protocol))
      window.show()
    })
    app.on('open-url', (event, url) => {
      event.preventDefault()
      if (isOurLink(url, config.protocol)) window.follow(url)
    })
    app.on('web-contents-created', (_, contents) => lockNavigation(contents))
    app.on('window-all-closed', () => undefined) // it goes on behind its tray
    app.on('activate', () => window.show())
    app.on('before-quit', (event) => {
      if (this.quitting) return
      this.quitting = true
      window.letGo()
      event.preventDefault()
      void this.close().then(() => app.quit())
    })
  }

  private async close(): Promise<void> {
    const parts = [this.worker.close(), this.userConfig.settled(), this.upgrade?.close()]
    for (const outcome of await Promise.allSettled(parts)) {
      if (outcome.status === 'rejected') log('close-failed', { reason: String(outcome.reason) })
    }
  }
}

const NO_UPDATES: UpdateSource = { watch: () => undefined, restart: async () => undefined }

/** Only a built app has something to swap, and only a staged one a link to follow. */
function upgradeFor(
  { productName, upgrade }: PearConfig,
  args: DesktopArgs,
  dir: string
): FollowedUpgrade | null {
  if (upgrade === null || !args.updates || !app.isPackaged) return null
  const { env, platform } = process
  const place = { resources: process.resourcesPath, executable: process.execPath }
  const built = builtApp({ productName, ...place, env, platform })
  if (built === null) return null
  return followUpgrade({ dir, upgrade, app: built, bootstrap: args.bootstrap }, () => {
    const options = relaunchOf(process.argv, env, platform)
    if (options !== null) app.relaunch(options)
    app.quit()
  })
}
