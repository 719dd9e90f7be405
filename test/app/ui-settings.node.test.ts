/** The settings on the page, and keys to press. */
import test from './page-test.ts'

import { violations } from './axe.ts'
import { create, introduce, picture } from './page.ts'
import { gathered, PATIENT, strangers } from './people.ts'

const FOCUSED = 'document.activeElement.textContent'

test('settings: every section, by keys', PATIENT, async (t) => {
  const [mara] = (await strangers(t, 1))?.people ?? []
  if (!mara) return
  const { page, wrong } = mara
  await introduce(page, 'Mara', 'Create a group')
  await create(page, 'Field notes')
  await page.locator('textarea#composer:focus').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Go to or do' }).fill('settings sto')
  await picture(page, 'palette')
  t.alike(await violations(page), [])
  await page.keyboard.press('Enter')
  await page.getByText(/used ·/).waitFor()
  await picture(page, 'settings-storage')
  t.alike(await violations(page), [])
  await page.getByLabel('Limit for files, in GB').fill('2.5')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Settings saved.').waitFor()
  const keep = page.getByRole('button', { name: /Files of Field notes/ })
  t.is(await keep.getAttribute('aria-haspopup'), 'listbox')
  await keep.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('listbox').getByRole('option', { selected: true }).waitFor()
  await picture(page, 'settings-keep', { only: true })
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /Only what I open or pin/ }).waitFor()
  t.is(await page.evaluate(FOCUSED), await keep.textContent(), 'the focus stays with it')
  for (const section of ['Network', 'Web links', 'Look and notifications', 'About']) {
    await page.getByRole('tab', { name: section }).click()
    await page.getByRole('tabpanel', { name: section }).waitFor()
    await picture(page, `settings-${section.split(' ')[0]?.toLowerCase()}`)
    t.alike(await violations(page), [], section)
  }
  const figures = (await page.getByLabel('Diagnostics').textContent()) ?? ''
  t.ok(/"quotaBytes": 2500000000/.test(figures) && /"on-demand"/.test(figures))
  t.absent(/Field notes|Mara|[0-9a-f]{64}|npub1|storage\//.test(figures), 'no names, no keys')
  await page.getByRole('tab', { name: 'Network' }).click()
  await page.getByLabel('Download, MB/s').fill('0.01')
  await page.getByText('Enter 0.1 or more').waitFor()
  await page.getByLabel('Download, MB/s').fill('2')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByLabel('Key of a blind peer').fill('nonsense')
  await page.getByRole('button', { name: 'Add blind peer' }).click()
  await page.getByText('That is no blind peer’s key').waitFor()
  await page.getByRole('tab', { name: 'Look' }).click()
  await page.getByText('Dark', { exact: true }).click()
  await page.locator('html[data-theme=dark]').waitFor()
  await page.getByText('Same as the computer', { exact: true }).click()
  await page.locator('html:not([data-theme])').waitFor() // pictures of both themes follow
  await page.keyboard.press('Escape')
  await page.locator('textarea#composer:focus').waitFor()
  t.pass('the focus is back where it was')
  await page.getByRole('tab', { name: 'Conversation' }).focus()
  await page.keyboard.press('?')
  await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor()
  await picture(page, 'keys')
  t.alike(await violations(page), [])
  await page.keyboard.press('Escape')
  await page.keyboard.press('m')
  await page.locator('textarea#composer:focus').waitFor()
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})

/** Escape with the focus nowhere, and a press before the browser has stepped back for it. */
const ESCAPE_AND_PRESS = (selector: string): string => `new Promise((done) => {
  addEventListener('popstate', () => requestAnimationFrame(() => requestAnimationFrame(done)))
  document.activeElement.blur()
  const key = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true })
  document.body.dispatchEvent(key)
  document.querySelector(${JSON.stringify(selector)}).click()
})`

test('what is pressed while a dialog closes is done', PATIENT, async (t) => {
  const [mara] = (await gathered(t, ['Mara'], 'Field notes'))?.people ?? []
  if (!mara) return
  const { page, wrong } = mara
  const settings = page.getByRole('dialog', { name: 'Settings' })
  const open = () => page.getByRole('button', { name: 'Settings', exact: true }).click()
  await open()
  await settings.waitFor()
  await page.evaluate(ESCAPE_AND_PRESS('.sidebar-ways button'))
  t.is(await settings.count(), 0)
  await page.getByLabel('Group name').waitFor()
  t.pass('the next dialog stays open')
  await page.goBack()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  t.pass('and is closed by the way back')
  await open()
  await settings.waitFor()
  await page.evaluate(ESCAPE_AND_PRESS('.group [role=tab][aria-selected=false]'))
  await settings.waitFor({ state: 'detached' })
  await page.getByRole('tabpanel', { name: 'Files' }).waitFor()
  t.ok(page.url().endsWith('/files'), 'a tab that was chosen stays chosen')
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})
