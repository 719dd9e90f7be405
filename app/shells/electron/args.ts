import { basename, join, resolve } from 'node:path'
import { addressesOf, parseFlags } from '../../../protocol/flags.ts'

export interface DesktopArgs {
  /** Absolute; null for the usual place. */
  readonly storage: string | null
  /** DHT nodes; null for the public ones. */
  readonly bootstrap: string[] | null
}

/**
 * Systems and Electron add arguments of their own, so only ours are looked at.
 *
 * @throws USAGE, naming what is wrong
 */
export function parseDesktopArgs(
  argv: string[],
  { bootstrap }: { bootstrap: string[] | null }
): DesktopArgs {
  const ours: string[] = []
  for (const [i, argument] of argv.entries()) {
    if (!/^--(storage|bootstrap)(=|$)/.test(argument)) continue
    ours.push(argument)
    const next = argv[i + 1]
    if (!argument.includes('=') && next !== undefined) ours.push(next)
  }
  const flags = parseFlags(ours, { values: ['--storage', '--bootstrap'], switches: [] })
  const storage = flags.get('--storage')
  const nodes = flags.get('--bootstrap')
  return {
    storage: storage === undefined ? null : resolve(storage),
    bootstrap: nodes === undefined ? bootstrap : addressesOf('--bootstrap', nodes)
  }
}

/**
 * What an update would swap: the AppImage, the .app or the .msix that this runs from,
 * and its name in a deployment; null when it was not built.
 */
export function appPath(
  isPackaged: boolean,
  resources: string,
  executable: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform
): { path: string; name: string } | null {
  if (!isPackaged) return null
  if (platform === 'linux') {
    const image = env['APPIMAGE']
    return image === undefined ? null : { path: image, name: basename(image) }
  }
  if (platform === 'win32') {
    return { path: executable, name: basename(executable).replace(/\.exe$/i, '.msix') }
  }
  const path = join(resources, '..', '..')
  return { path, name: basename(path) }
}
