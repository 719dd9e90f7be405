/**
 * `npm run desktop`, and the app that Pear v3 installs: Electron with the worker in
 * pear-runtime's sidecar.
 *
 * Electron is ready only once this module was evaluated, so nothing here is awaited at
 * the top.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app } from 'electron'
import type { PearConfig } from '../../release/config.ts'
import { HypertunaError } from '../../../protocol/errors.ts'
import { outliveReaders } from '../../../protocol/outlive-readers.ts'
import { parseDesktopArgs, type DesktopArgs } from './args.ts'
import { Desktop } from './desktop.ts'
import { logToConsole as log } from './log.ts'
import { registerPageScheme } from './page-scheme.ts'

outliveReaders(process)

const here = dirname(fileURLToPath(import.meta.url))
// As it is built: dist/app/shells/electron. As it is packaged: app/shells/electron.
const root = join(here, '../../..')
const packaged = existsSync(join(root, 'worker.bundle'))
const config = JSON.parse(
  readFileSync(join(root, packaged ? '.' : '..', 'pear.config.json'), 'utf8')
) as PearConfig

try {
  begin(parseDesktopArgs(process.argv.slice(packaged ? 1 : 2), config))
} catch (err) {
  process.stderr.write(`${HypertunaError.from(err).message}\n`)
  app.exit(2)
}

/** What has to be said before Electron is ready. */
function begin(args: DesktopArgs): void {
  app.setName(config.productName)
  app.setPath('userData', args.storage ?? join(app.getPath('appData'), config.productName))
  if (process.platform === 'win32') app.setAppUserModelId(config.productName) // for notifications
  registerPageScheme()
  app.enableSandbox()
  // The other one shows itself, and takes our link.
  if (!app.requestSingleInstanceLock()) return app.quit()
  app.setAsDefaultProtocolClient(config.protocol)
  const bundle = join(root, packaged ? 'worker.bundle' : '../dist/desktop/worker.bundle')
  const place = { page: join(root, 'ui'), preload: join(here, 'preload.cjs'), bundle }
  new Desktop(config, args, place).run().catch((err: unknown) => {
    log('start-failed', { ...HypertunaError.from(err).toJSON() })
    app.exit(1)
  })
}
