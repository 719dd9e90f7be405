/** A real Chromium for tests on Node, wherever there is one. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Without these a Chromium of the tests calls home, or does not start as root. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run'
]

/** Null when there is none. */
export async function launchBrowser(): Promise<Browser | null> {
  const path = await chromiumPath()
  if (path === null) return null
  return chromium.launch({ executablePath: path, args: FLAGS, headless: true })
}

/** CHROME_PATH, the system's, or the one inside an npm package; null when there is none. */
export async function chromiumPath(): Promise<string | null> {
  const given = process.env.CHROME_PATH
  return given ?? SYSTEM.find((candidate) => existsSync(candidate)) ?? (await packaged())
}

/** Linux x64 only; it brings its own shared libraries when it believes to be on Lambda. */
async function packaged(): Promise<string | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x'
  const { default: lambda } = (await import('@sparticuz/chromium')) as {
    default: { executablePath(): Promise<string> }
  }
  return lambda.executablePath()
}
