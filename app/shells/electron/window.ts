/** The one window: a page without Node, that goes nowhere and may ask for little. */
import { BrowserWindow, session, shell, type WebContents } from 'electron'
import { isWebLink } from './links.ts'
import { isOurPage, PAGE_ORIGIN } from './page-scheme.ts'
import type { Place } from './window-place.ts'

/** What the page may have; anything else it asks for is refused. */
const PERMISSIONS: readonly string[] = ['notifications', 'clipboard-sanitized-write']

export interface WindowOptions {
  readonly preload: string
  readonly title: string
  readonly place: Place
  readonly minWidth: number
  readonly minHeight: number
  readonly backgroundColor: string
}

export function openWindow(options: WindowOptions): BrowserWindow {
  const { preload, place, ...look } = options
  const window = new BrowserWindow({
    ...look,
    ...place.bounds,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      plugins: true, // Chromium's own viewer, for PDFs
      spellcheck: false
    }
  })
  if (place.maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  void window.loadURL(`${PAGE_ORIGIN}/`)
  return window
}

/** For every page that there will ever be: no other page, no new window, no webview. */
export function lockNavigation(contents: WebContents): void {
  const stay = (event: { preventDefault(): void }, url: string): void => {
    if (!isOurPage(url)) event.preventDefault()
  }
  contents.on('will-navigate', (event) => stay(event, event.url))
  contents.on('will-redirect', (event) => stay(event, event.url))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (isWebLink(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

export function lockPermissions(): void {
  const { defaultSession } = session
  const ours = (url: string): boolean => url === PAGE_ORIGIN || isOurPage(url)
  defaultSession.setPermissionRequestHandler((_, permission, answer, details) => {
    const asked = details.isMainFrame && ours(details.requestingUrl)
    answer(asked && PERMISSIONS.includes(permission))
  })
  defaultSession.setPermissionCheckHandler(
    (_, permission, origin) => ours(origin) && PERMISSIONS.includes(permission)
  )
  defaultSession.setDevicePermissionHandler(() => false)
}
