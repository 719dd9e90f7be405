/** The one window, which comes and goes while the app goes on behind its tray. */
import { app, screen, type BrowserWindow } from 'electron'
import type { PearConfig } from '../../release/config.ts'
import type { ShellEvent } from '../calls.ts'
import type { Log } from '../log.ts'
import { askBeforeClosing } from './leaving.ts'
import { openWindow } from './window.ts'
import { readPlace, writePlace } from './window-place.ts'

/** Before the first and the longest wait until a page that crashed is loaded again, in ms. */
const FIRST_WAIT = 500
const LONGEST_WAIT = 60_000

export interface DesktopWindowOptions {
  readonly config: PearConfig
  readonly preload: string
  /** Where the place of the window is kept. */
  readonly place: string
  /** A link that we were started with; null for none. */
  readonly link: string | null
  readonly log: Log
}

export class DesktopWindow {
  private readonly options: DesktopWindowOptions
  private window: BrowserWindow | null = null
  /** A link that came before there was a page to hear of it. */
  private link: string | null
  private wait = FIRST_WAIT
  private leaving = false

  constructor(options: DesktopWindowOptions) {
    this.options = options
    this.link = options.link
  }

  /** The window there is now, or null. */
  get current(): BrowserWindow | null {
    return this.window
  }

  say(event: ShellEvent): void {
    this.window?.webContents.send('shell-event', event)
  }

  /** The app ends: the page is not asked any more. */
  letGo(): void {
    this.leaving = true
  }

  /** Tells the page of a link, now or when there is one. */
  follow(url: string | null): void {
    if (url !== null) this.link = url
    if (this.link === null || this.window === null) return
    this.say({ event: 'link', url: this.link })
    this.link = null
  }

  /** Brings it to the front, and opens it where need be; before the app is ready it does nothing. */
  show(): void {
    if (!app.isReady()) return
    const { window } = this
    if (window === null) return this.open()
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  private open(): void {
    const { config, preload, place } = this.options
    const { width, height, minWidth, minHeight, backgroundColor } = config.window
    const screens = screen.getAllDisplays().map(({ workArea }) => workArea)
    const opened = openWindow({
      preload,
      title: config.productName,
      place: readPlace(place, { width, height }, screens),
      minWidth,
      minHeight,
      backgroundColor
    })
    askBeforeClosing(opened, () => this.leaving)
    opened.on('close', () => {
      writePlace(place, { bounds: opened.getNormalBounds(), maximized: opened.isMaximized() })
    })
    opened.on('closed', () => {
      this.window = null
    })
    opened.webContents.on('render-process-gone', (_, { reason }) => {
      if (reason !== 'clean-exit') this.reload(opened, reason)
    })
    this.window = opened
  }

  /** A page that crashed is loaded again; one that always does, ever more seldom. */
  private reload(window: BrowserWindow, reason: string): void {
    this.options.log('page-crashed', { reason, againInMilliseconds: this.wait })
    setTimeout(() => {
      if (this.window === window) window.webContents.reload()
    }, this.wait)
    this.wait = Math.min(LONGEST_WAIT, this.wait * 2)
  }
}
