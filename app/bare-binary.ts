import { accessSync, chmodSync, constants } from 'node:fs'
import { createRequire } from 'node:module'

/**
 * The path of the Bare that `npm ci` installed, ready to run.
 *
 * npm unpacks it without its x bit; bare-runtime's own wrapper sets that on
 * first use, and we do not go through the wrapper.
 * @throws when there is no Bare for this platform
 */
export function bareBinary(): string {
  const path = (createRequire(import.meta.url)('bare-runtime') as () => string)()
  try {
    accessSync(path, constants.X_OK)
  } catch {
    chmodSync(path, 0o755)
  }
  return path
}
