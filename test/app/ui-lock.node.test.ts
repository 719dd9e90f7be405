/** A person's own key on the page: locked with a passphrase. */
import { join } from 'node:path'
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { violations } from './axe.ts'
import { create, introduce, openBrowser, openPage, picture } from './page.ts'
import { NOBODY, PATIENT } from './people.ts'
import { runMember, temporary } from './programs.ts'

const WORDS = 'correct horse battery'

async function twice(page: Page, label: string, action: string): Promise<void> {
  await page.getByLabel(label).fill(WORDS)
  await page.getByLabel('Passphrase again').fill(WORDS)
  await page.getByRole('button', { name: action }).click()
}

test('a passphrase at each start', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const storage = join(temporary(t), 'storage')
  const first = await runMember(NOBODY, storage)
  const before = await openPage(browser, first.url)
  await introduce(before.page, 'Mara', 'Create a group')
  await create(before.page, 'Field notes')
  await before.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await before.page.getByRole('button', { name: 'Ask for a passphrase…' }).click()
  await twice(before.page, 'New passphrase', 'Set the passphrase')
  await before.page.getByRole('button', { name: 'Stop asking…' }).waitFor()
  await before.page.close()
  await first.program.stop()

  const again = await runMember(NOBODY, storage)
  t.teardown(() => again.program.stop())
  const { page, wrong } = await openPage(browser, again.url)
  await page.getByRole('heading', { name: 'Hypertuna is locked' }).waitFor()
  await picture(page, 'locked')
  t.alike(await violations(page), [])
  await page.getByLabel('Passphrase').fill('something else')
  await page.getByRole('button', { name: 'Unlock' }).click()
  await page.getByText('This is not the passphrase').waitFor()
  await page.getByLabel('Passphrase').fill(WORDS)
  await page.getByRole('button', { name: 'Unlock' }).click()
  await page.getByRole('heading', { name: 'Field notes' }).waitFor()
  t.pass('and everything opens')
  t.absent(again.program.log().includes(WORDS), 'no word of it in the log')
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})
