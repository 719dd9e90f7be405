/** The app's page in a browser, as a person opens and uses it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'

import { launchBrowser } from './browser.ts'

const screens = process.env.SCREENS

interface Test {
  fail(message: string): void
  comment(message: string): void
  teardown(fn: () => unknown): void
}

/** A browser for one test; null, and said, where there is none. */
export async function openBrowser(t: Test): Promise<Browser | null> {
  const browser = await launchBrowser()
  if (browser !== null) t.teardown(() => browser.close())
  else if (process.env.CI === 'true') t.fail('CI needs a Chromium: set CHROME_PATH')
  else t.comment('skipped: no Chromium here; set CHROME_PATH')
  return browser
}

/** A page that tells of errors and of anything the CSP refused. */
export async function openPage(
  browser: Browser,
  url: string
): Promise<{ page: Page; wrong: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write']
  })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const wrong: string[] = []
  page.on('pageerror', (err) => wrong.push(err.message))
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) wrong.push(message.text())
  })
  await page.goto(url)
  return { page, wrong }
}

/** After this the page is drawn in its new colours. */
export const TWO_FRAMES =
  'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'

/** Keeps pictures of what is seen, in both themes, when SCREENS names a directory. */
export async function picture(page: Page, name: string): Promise<void> {
  if (screens === undefined) return
  mkdirSync(screens, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(TWO_FRAMES)
    await page.screenshot({ path: join(screens, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: null })
}

export async function introduce(page: Page, name: string, way: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: way }).click()
}

export async function say(page: Page, words: string): Promise<void> {
  await page.getByRole('textbox', { name: /Message to/ }).fill(words)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

/** Makes an invite by the dialog; `shown` names a picture of it. */
export async function makeInvite(
  page: Page,
  { asked = false, shown = '' }: { asked?: boolean; shown?: string } = {}
): Promise<string> {
  await page.getByRole('button', { name: 'Invite', exact: true }).first().click()
  if (asked) await page.getByText('Ask me first').click()
  await page.getByRole('button', { name: 'Make an invite' }).click()
  const field = page.getByLabel('Invite', { exact: true })
  await field.waitFor()
  if (shown !== '') await picture(page, shown)
  const invite = await field.inputValue()
  await page.keyboard.press('Escape')
  return invite
}

export async function pasteInvite(page: Page, invite: string): Promise<void> {
  await page.getByLabel('Invite', { exact: true }).fill(invite)
  await page.getByRole('button', { name: /^(Join|Try again)$/ }).click()
}
