/**
 * The desktop app in Electron itself, where its program was fetched and there is a display.
 * What can be held without it: `electron.node.test.ts`, `desktop-folder.node.test.ts`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import { _electron } from 'playwright-core'
import { bareBinary } from '../../app/bare-binary.ts'
import { temporary } from './programs.ts'

const dist = fileURLToPath(new URL('../..', import.meta.url))
const program = electronProgram()
const hasDisplay = process.platform !== 'linux' || process.env['DISPLAY'] !== undefined
const missing = whatIsMissing()
const name = `Electron opens the app${missing === null ? '' : ` (${missing})`}`

test(name, { skip: missing !== null, timeout: 90_000 }, async (t) => {
  const platform = `${process.platform}-${process.arch}`
  execFileSync(bareBinary(), [
    join(dist, 'app/release/main.js'),
    ...['--only', 'worker', '--platforms', platform, '--target', join(dist, 'desktop')]
  ])
  const main = join(dist, 'app/shells/electron/main.js')
  const storage = join(temporary(t), 'storage')
  const args = [main, '--storage', storage, '--bootstrap', '127.0.0.1:1', '--no-updates']
  const app = await _electron.launch({ executablePath: program!, args })
  t.teardown(() => app.close())
  const page = await app.firstWindow()
  await page.getByRole('heading').first().waitFor()
  t.is(await page.evaluate(() => typeof globalThis.process), 'undefined', 'no Node in the page')
  while (!existsSync(join(storage, 'relay-config.json'))) await page.waitForTimeout(100)
  t.pass('its worker runs')
})

function whatIsMissing(): string | null {
  if (program === null) return 'its program was not fetched'
  if (!hasDisplay) return 'there is no display'
  return process.getuid?.() === 0 ? 'its sandbox does not run as root' : null
}

/** Where the package keeps what it fetched; asking the package itself would fetch it. */
function electronProgram(): string | null {
  const folder = join(dist, '..', 'node_modules/electron')
  const note = join(folder, 'path.txt')
  if (!existsSync(note)) return null
  const path = join(folder, 'dist', readFileSync(note, 'utf8').trim())
  return existsSync(path) ? path : null
}
