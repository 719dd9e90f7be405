/** The page without a pointer. */
import test from './page-test.ts'
import type { Locator, Page } from 'playwright-core'

import { preview, row } from './files-page.ts'
import { drawPng } from './picture-file.ts'
import { PATIENT, strangers } from './people.ts'

const MOST_STEPS = 40

/** Goes on with Tab until this has the focus. */
async function tabTo(page: Page, place: Locator, key = 'Tab'): Promise<void> {
  await place.waitFor()
  for (let step = 0; step < MOST_STEPS; step++) {
    if (await hasFocus(page, place)) return
    await page.keyboard.press(key)
  }
  throw new Error(`${place} is not reached by ${key}`)
}

async function hasFocus(page: Page, place: Locator): Promise<boolean> {
  return (await place.and(page.locator(':focus')).count()) > 0
}

const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name })

test('everything a newcomer does, by keys alone', PATIENT, async (t) => {
  const [mara] = (await strangers(t, 1))?.people ?? []
  if (!mara) return
  const { page, wrong } = mara
  const { keyboard } = page
  // Told late, the browser shows the first choice of files itself
  page.on('filechooser', () => undefined)
  await page.locator('input:focus').waitFor()
  await keyboard.type('Mara')
  await tabTo(page, button(page, 'Create a group'))
  await keyboard.press('Enter')
  await page.getByRole('dialog').locator('input:focus').waitFor()
  await keyboard.type('Field notes')
  await tabTo(page, page.getByRole('radio', { name: /Private/ }))
  await keyboard.press('ArrowDown')
  await page.getByRole('radio', { name: /Closed/, checked: true }).waitFor()
  await keyboard.press('ArrowUp')
  await tabTo(page, button(page, 'Create group'))
  await keyboard.press('Enter')
  await page.locator('textarea#composer:focus').waitFor()
  t.ok(await page.getByText('Private group').first().isVisible())
  await keyboard.type('A heron at the weir')
  await keyboard.press('Enter')
  await page.getByRole('log').getByText('A heron at the weir').waitFor()
  t.pass('a private group, and words in it')

  const menu = button(page, /^Actions for the message/)
  await tabTo(page, menu, 'Shift+Tab')
  await keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Reply' }).waitFor()
  await keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached' })
  t.ok(await hasFocus(page, menu), 'back at the menu')
  const chooser = page.waitForEvent('filechooser')
  await keyboard.press('u')
  await (
    await chooser
  ).setFiles([{ name: 'heron.png', mimeType: 'image/png', buffer: drawPng(320, 200) }])
  await page.locator('textarea#composer:focus').waitFor()
  await keyboard.press('Enter')
  await page.getByRole('tab', { name: 'Files 1' }).waitFor()
  await tabTo(page, page.getByRole('tab', { name: 'Conversation' }), 'Shift+Tab')
  await keyboard.press('2')
  const file = row(page, 'heron')
  await tabTo(page, file)
  await keyboard.press('Enter')
  await preview(page, 'heron.png').getByRole('img').waitFor()
  await keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await tabTo(page, file)
  await keyboard.press('Delete')
  await page.getByText('heron.png was removed.').waitFor()
  await keyboard.press('Control+z')
  await file.waitFor()
  t.pass('a file is added, looked at, removed, and taken back')

  await keyboard.press('3')
  await page.getByRole('list', { name: 'People' }).waitFor()
  await tabTo(page, button(page, 'Invite').last())
  await keyboard.press('Enter')
  await page.getByRole('dialog').locator('button:focus', { hasText: 'Make an invite' }).waitFor()
  await keyboard.press('Enter')
  await page.getByLabel('Invite', { exact: true }).waitFor()
  await keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await tabTo(page, button(page, 'Settings'))
  await keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Settings' }).waitFor()
  await tabTo(page, page.getByRole('tab', { name: /You and your key/ }))
  for (const section of ['Storage', 'Network', 'Web links', 'Look and notifications', 'About']) {
    await keyboard.press('ArrowDown')
    await page.getByRole('tabpanel', { name: section }).waitFor()
  }
  await keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  // A frame later than the dialog is gone
  await button(page, 'Settings').and(page.locator(':focus')).waitFor()
  t.pass('the focus is back where it was')
  for (const name of ['New group', 'Join with an invite', 'Group settings']) {
    await button(page, name).focus()
    await keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await button(page, name).and(page.locator(':focus')).waitFor()
  }
  t.pass('and after every other dialog')
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})
