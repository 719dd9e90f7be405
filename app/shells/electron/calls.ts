/** What the page may ask of the main process; it is asked by our page alone. */
import {
  dialog,
  ipcMain,
  MessageChannelMain,
  type BrowserWindow,
  type IpcMainEvent
} from 'electron'
import { link } from '../carry.ts'
import { answerShellCall, type ShellHandlers } from '../calls.ts'
import type { KeptWorker } from '../kept-worker.ts'
import { PortStream, type BytePort } from '../port-stream.ts'
import type { UserConfig } from '../user-config.ts'
import { userConfigCalls } from '../user-config-calls.ts'
import { isOurPage } from './page-scheme.ts'

export interface PageServed {
  /** The window there is now, or null. */
  page(): BrowserWindow | null
  readonly worker: KeptWorker
  readonly userConfig: UserConfig
  restart(): Promise<void>
  /** The page opened its first session: it hears what it is told. */
  onready(): void
}

export function answerPage({ page, worker, userConfig, restart, onready }: PageServed): void {
  const handlers: ShellHandlers = {
    ...userConfigCalls(userConfig),
    'choose-files': () => choose(page(), ['openFile', 'multiSelections']),
    'choose-folder': () => choose(page(), ['openDirectory']),
    restart
  }
  ipcMain.handle('shell-call', (event, name: unknown, value: unknown) => {
    if (!fromOurPage(event)) return { error: { code: 'FORBIDDEN', message: 'Not our page' } }
    return answerShellCall(handlers, name, value)
  })
  ipcMain.on('open-session', (event) => {
    if (!fromOurPage(event)) return
    const { port1, port2 } = new MessageChannelMain()
    event.senderFrame?.postMessage('session', null, [port2])
    const stream = new PortStream(mainPort(port1))
    try {
      link(stream, worker.openSession())
      onready()
    } catch {
      stream.destroy() // the worker is down; the page asks again
    }
  })
}

/** The main frame of our own page: nothing that it shows may speak for it. */
function fromOurPage({
  senderFrame,
  sender
}: Pick<IpcMainEvent, 'senderFrame' | 'sender'>): boolean {
  if (senderFrame === null || senderFrame !== sender.mainFrame) return false
  return isOurPage(senderFrame.url)
}

/** Paths that a person chose; the worker reads them itself. */
async function choose(
  window: BrowserWindow | null,
  properties: ('openFile' | 'multiSelections' | 'openDirectory')[]
): Promise<string[]> {
  if (window === null) return []
  const { canceled, filePaths } = await dialog.showOpenDialog(window, { properties })
  return canceled ? [] : filePaths
}

function mainPort(port: Electron.MessagePortMain): BytePort {
  return {
    post: (message) => port.postMessage(message),
    listen(onmessage, onclose) {
      port.on('message', ({ data }) => onmessage(data))
      port.on('close', onclose)
      port.start()
    },
    close: () => port.close()
  }
}
