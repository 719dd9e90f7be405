import { platform } from 'bare-os'
import process from 'bare-process'
import { spawn } from 'bare-subprocess'
import type { Log } from '../log.ts'

/** Asks the system to open `url`; where there is no display or browser, a log line says so. */
export function openBrowser(url: string, log: Log): void {
  const system = platform()
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  if (system === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) {
    return log('browser-absent', { reason: 'no display' })
  }
  const [command, args] = opener(system, url)
  try {
    const child = spawn(command, args, { stdio: 'ignore', detached: true })
    child.on('error', (err) => log('browser-absent', { reason: String(err) }))
    child.on('exit', (code) => {
      if (code !== 0) log('browser-absent', { reason: `${command} ended with ${code}` })
    })
    child.unref()
  } catch (err) {
    log('browser-absent', { reason: String(err) })
  }
}

function opener(system: string, url: string): [string, string[]] {
  if (system === 'darwin') return ['open', [url]]
  // `start` is a word of cmd; its first argument in quotes would be a title.
  if (system === 'win32') return ['cmd', ['/c', 'start', '', url]]
  return ['xdg-open', [url]]
}
