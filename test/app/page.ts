/** The app's page in a browser, as a person opens and uses it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'

import { launchBrowser } from './browser.ts'
import { notePage } from './evidence.ts'

const screens = process.env.SCREENS

/** How many times slower than this computer the pages are to be; what is right is not less so. */
const SLOWER = Number(process.env.SLOWER ?? 1)

export interface Test {
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
  const wrong: string[] = []
  const page = await anotherPage(context, wrong)
  await page.goto(url)
  return { page, wrong }
}

/** One more page of a person, who has one already. @param wrong is told its errors */
export async function anotherPage(context: BrowserContext, wrong: string[]): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(Number(process.env.PATIENCE ?? 120_000))
  if (SLOWER > 1) {
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  }
  notePage(page, wrong)
  page.on('pageerror', (err) => wrong.push(err.message))
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) wrong.push(message.text())
  })
  return page
}

/** After this the page is drawn in its new colours: those that are on their way tell nothing. */
export const SETTLED = `new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(done))
).then(() =>
  Promise.allSettled(document.getAnimations().filter(({ effect }) =>
    effect.getTiming().iterations !== Infinity).map(({ finished }) => finished)))`

/** Widths that a person has: a computer's window, half a screen, and a telephone's. */
const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 700 },
  { width: 420, height: 800 }
] as const

/**
 * Keeps pictures of what is seen when SCREENS names a directory: three widths, both themes.
 * A menu closes when its window changes: `only` is for those.
 */
export async function picture(
  page: Page,
  name: string,
  { only = false }: { only?: boolean } = {}
): Promise<void> {
  if (screens === undefined) return
  mkdirSync(screens, { recursive: true })
  const before = page.viewportSize()
  const devtools = await page.context().newCDPSession(page)
  for (const size of only && before !== null ? [before] : SIZES) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.evaluate(SETTLED)
      // Neither PNG nor JPEG draws letters on plain ground as small as this
      const { data } = await devtools.send('Page.captureScreenshot', {
        format: 'webp',
        quality: 70,
        optimizeForSpeed: false
      })
      const path = join(screens, `${name}-${size.width}-${colorScheme}.webp`)
      writeFileSync(path, Buffer.from(data, 'base64'))
    }
  }
  await devtools.detach()
  if (before !== null) await page.setViewportSize(before)
  if (!only) await page.mouse.move(1, 1) // what it is above by now was never pointed at
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
  await escape(page)
  return invite
}

export async function pasteInvite(page: Page, invite: string): Promise<void> {
  await page.getByLabel('Invite', { exact: true }).fill(invite)
  await page.getByRole('button', { name: /^(Join|Try again)$/ }).click()
}

export async function create(
  page: Page,
  name: string,
  access: 'Open' | 'Closed' | 'Private' = 'Closed'
): Promise<void> {
  await page.getByLabel('Group name').fill(name)
  await page.getByText(access, { exact: true }).click()
  await page.getByRole('button', { name: 'Create group' }).click()
  await page.getByRole('heading', { name }).waitFor()
}

export async function look(page: Page, tab: 'Conversation' | 'Files' | 'People'): Promise<void> {
  await page.getByRole('tab', { name: tab }).click()
  await page.getByRole('tabpanel', { name: tab }).waitFor()
}

/** Takes an item of the menu behind a button, the last of those so named. */
export async function choose(page: Page, menu: string | RegExp, item: string): Promise<void> {
  await page.getByRole('button', { name: menu }).last().click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** Answers the question that is asked. */
export async function confirm(page: Page, action: string): Promise<void> {
  await page.getByRole('alertdialog').getByRole('button', { name: action, exact: true }).click()
}

/** Closes what lies above the page. */
export async function escape(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.locator('[role=dialog], [role=alertdialog]').first().waitFor({ state: 'detached' })
}
