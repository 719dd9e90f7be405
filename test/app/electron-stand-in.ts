/**
 * Stands for Electron, whose program is not everywhere: its modules as far as our main
 * process uses them, under Node. It keeps Electron's own order (ready only once the main
 * module was evaluated) and writes down what it was told.
 */
import { EventEmitter } from 'node:events'
import { MessageChannel, type MessagePort } from 'node:worker_threads'

type Answer = (event: unknown, ...args: unknown[]) => unknown

class App extends EventEmitter {
  readonly paths: Record<string, string> = { appData: '/nowhere' }
  readonly quitted: Promise<void>
  name = 'Electron'
  isPackaged = false
  relaunched: object | null = null
  exitCode: number | null = null
  #ready = false
  #becomeReady: () => void = () => undefined
  readonly #whenReady = new Promise<void>((resolve) => (this.#becomeReady = resolve))
  #end: () => void = () => undefined

  constructor() {
    super()
    this.quitted = new Promise((resolve) => (this.#end = resolve))
  }

  /** What Electron does by itself, when the main module was evaluated. */
  start(): void {
    this.#ready = true
    this.#becomeReady()
    this.emit('ready')
  }

  isReady = (): boolean => this.#ready
  whenReady = (): Promise<void> => this.#whenReady
  setName = (name: string): void => void (this.name = name)
  setPath = (name: string, path: string): void => void (this.paths[name] = path)
  getPath = (name: string): string => this.paths[name] ?? ''
  enableSandbox = (): void => undefined
  requestSingleInstanceLock = (): boolean => true
  setAsDefaultProtocolClient = (): boolean => true
  setAppUserModelId = (): void => undefined
  relaunch = (options: object): void => void (this.relaunched = options)
  exit = (code: number): void => {
    this.exitCode = code
    this.#end()
  }

  quit = (): void => {
    if (!asked(this, 'before-quit')) this.exit(0)
  }
}

class WebContents extends EventEmitter {
  readonly sent: unknown[][] = []
  readonly mainFrame = { url: '', postMessage: (): void => undefined }
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  reloads = 0

  send = (...message: unknown[]): void => void this.sent.push(message)
  setWindowOpenHandler = (handler: typeof this.openHandler): void =>
    void (this.openHandler = handler)
  reload = (): void => {
    this.reloads++
    this.emit('reloaded')
  }
}

export class BrowserWindow extends EventEmitter {
  static readonly opened: BrowserWindow[] = []
  readonly options: { webPreferences: Record<string, unknown> }
  readonly webContents = new WebContents()
  url = ''
  focused = 0

  constructor(options: { webPreferences: Record<string, unknown> }) {
    super()
    this.options = options
    BrowserWindow.opened.push(this)
    app.emit('web-contents-created', {}, this.webContents)
    app.emit('stand-in:window', this)
  }

  async loadURL(url: string): Promise<void> {
    this.url = this.webContents.mainFrame.url = url
  }

  close(): void {
    this.emit('close')
    this.emit('closed')
    app.emit('window-all-closed')
  }

  getNormalBounds = (): object => ({ x: 1, y: 2, width: 700, height: 500 })
  focus = (): void => void this.focused++
  isFocused = (): boolean => true
  isMaximized = (): boolean => false
  isMinimized = (): boolean => false
  maximize = (): void => undefined
  restore = (): void => undefined
  show = (): void => undefined
}

export const app = new App()
export const powerMonitor = new EventEmitter()
export const screen = {
  getAllDisplays: (): object[] => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }]
}

/** How it answers a page that wants something. */
export const asks = {
  handlers: new Map<string, Answer>(),
  permission: (..._: unknown[]): void => undefined,
  check: (..._: unknown[]): boolean => true,
  device: (): boolean => true,
  scheme: async (_: { url: string; method: string }): Promise<Response> => new Response(),
  opened: [] as string[]
}

export const session = {
  defaultSession: {
    setPermissionRequestHandler: (handler: typeof asks.permission): void =>
      void (asks.permission = handler),
    setPermissionCheckHandler: (handler: typeof asks.check): void => void (asks.check = handler),
    setDevicePermissionHandler: (handler: typeof asks.device): void => void (asks.device = handler)
  }
}
export const protocol = {
  registerSchemesAsPrivileged(): void {
    if (app.isReady()) throw new Error('Electron is ready already')
  },
  handle: (_: string, handler: typeof asks.scheme): void => void (asks.scheme = handler)
}
export const shell = { openExternal: async (url: string) => void asks.opened.push(url) }
export const dialog = {
  /** Which of the buttons is pressed */
  pressed: 0,
  asked: [] as string[],
  showMessageBoxSync: (...args: { detail: string }[]): number => {
    dialog.asked.push(args.at(-1)!.detail)
    return dialog.pressed
  },
  showOpenDialog: async (): Promise<object> => ({ canceled: false, filePaths: ['/a/file'] })
}
export const ipcMain = Object.assign(new EventEmitter(), {
  handle: (name: string, handler: Answer): void => void asks.handlers.set(name, handler)
})

/** Electron's ports hand over events with `data`; Node's the message itself. */
class PortMain extends EventEmitter {
  readonly port: MessagePort
  constructor(port: MessagePort) {
    super()
    this.port = port
    port.on('close', () => this.emit('close'))
  }
  postMessage = (message: unknown): void => this.port.postMessage(message)
  start = (): void => void this.port.on('message', (data) => this.emit('message', { data }))
  close = (): void => this.port.close()
}
export class MessageChannelMain {
  readonly port1: PortMain
  readonly port2: MessagePort
  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.port1 = new PortMain(port1)
    this.port2 = port2
  }
}

export class Tray extends EventEmitter {
  setToolTip = (): void => undefined
  setContextMenu = (): void => undefined
}
interface MenuItem {
  label: string
  click(): void
}
export const Menu = {
  /** The menu that was made last */
  items: [] as MenuItem[],
  buildFromTemplate: (items: MenuItem[]): object => (Menu.items = items)
}
export const nativeImage = { createFromBitmap: (): object => ({}) }
export class Notification {
  static isSupported = (): boolean => false
}

/** Emits something that can be prevented. @returns whether it was */
export function asked(who: EventEmitter, name: string, ...args: unknown[]): boolean {
  let prevented = false
  who.emit(name, { preventDefault: () => (prevented = true), url: args[0] }, ...args)
  return prevented
}
