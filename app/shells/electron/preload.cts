/**
 * Between the page and the main process: three functions, and no more of Electron.
 * A sandboxed preload can load nothing else, so this file stands alone.
 */
const { contextBridge, ipcRenderer, webUtils } = require('electron') as typeof import('electron')

declare const window: {
  readonly origin: string
  postMessage(message: unknown, origin: string, ports: unknown[]): void
}

let listener: ((event: unknown) => void) | null = null
ipcRenderer.on('shell-event', (_, event: unknown) => listener?.(event))
// Ports cannot cross the bridge: they go to the page as a message.
ipcRenderer.on('session', ({ ports }) => {
  window.postMessage('hypertuna-session', window.origin, [...ports])
})

contextBridge.exposeInMainWorld('hypertuna', {
  /** A port follows, as the message `hypertuna-session`. */
  openSession: (): void => ipcRenderer.send('open-session'),
  call: (name: string, value: unknown): Promise<unknown> =>
    ipcRenderer.invoke('shell-call', name, value),
  onevent(heard: (event: unknown) => void): void {
    listener = heard
  },
  /** The path of a file that was dropped or chosen; empty for one that has none. */
  pathOf: (file: File): string => webUtils.getPathForFile(file)
})
