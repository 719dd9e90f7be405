/** The built app that this runs from: what an update swaps, and how it is started again. */
import { join } from 'node:path'

export interface BuiltApp {
  readonly path: string
  /** The entry below `by-arch/<platform>/app` of a deployment. */
  readonly name: string
}

type Environment = Readonly<Record<string, string | undefined>>

interface Place {
  readonly productName: string
  readonly resources: string
  readonly executable: string
  readonly env: Environment
  readonly platform: string
}

/**
 * The AppImage, the .app or the .msix; null when an AppImage was unpacked. Whatever a
 * person called the file, deployments have it under the product's name.
 */
export function builtApp({
  productName,
  resources,
  executable,
  env,
  platform
}: Place): BuiltApp | null {
  if (platform === 'win32') return { path: executable, name: `${productName}.msix` }
  if (platform === 'darwin') {
    return { path: join(resources, '..', '..'), name: `${productName}.app` }
  }
  const image = env['APPIMAGE']
  return image === undefined ? null : { path: image, name: `${productName}.AppImage` }
}

/**
 * What `app.relaunch` is told, so that the swapped app is started and not the one that
 * still runs; null where the system's installer does it.
 *
 * @param argv the process's own
 */
export function relaunchOf(
  argv: readonly string[],
  env: Environment,
  platform: string
): { execPath?: string; args?: string[] } | null {
  if (platform === 'win32') return null
  const image = env['APPIMAGE']
  if (platform !== 'linux' || image === undefined) return {}
  // Our own executable lies in a mount of the old image, which goes with us.
  const unpack = '--appimage-extract-and-run'
  return { execPath: image, args: [unpack, ...argv.slice(1).filter((word) => word !== unpack)] }
}
