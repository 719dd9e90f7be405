/** A person's own key on the page: saved and restored. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { violations } from './axe.ts'
import { create, introduce, openBrowser, openPage, picture } from './page.ts'
import { NOBODY, PATIENT } from './people.ts'
import { runMember, temporary } from './programs.ts'

const WORDS = 'correct horse battery'

const npub = (page: Page): Promise<string> => page.getByLabel('Your public key').inputValue()

async function twice(page: Page, label: string, action: string): Promise<void> {
  await page.getByLabel(label).fill(WORDS)
  await page.getByLabel('Passphrase again').fill(WORDS)
  await page.getByRole('button', { name: action }).click()
}

test('a key is saved, and somebody is themselves again', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const first = await runMember(NOBODY, join(temporary(t), 'first'))
  t.teardown(() => first.program.stop())
  const old = await openPage(browser, first.url)
  await introduce(old.page, 'Mara', 'Create a group')
  await create(old.page, 'Field notes')
  await old.page.getByRole('button', { name: 'Your key is only on this computer' }).click()
  await old.page.getByText('Not saved yet').last().waitFor()
  const key = await npub(old.page)
  await old.page.getByRole('button', { name: 'Save a backup…' }).click()
  await old.page.getByLabel('Passphrase for the backup').fill(WORDS)
  await old.page.getByLabel('Passphrase again').fill('something else')
  await old.page.getByRole('button', { name: 'Make the backup' }).click()
  await old.page.getByText('The two passphrases differ.').waitFor()
  await twice(old.page, 'Passphrase for the backup', 'Make the backup')
  const made = old.page.getByLabel('Your key, locked with the passphrase')
  await made.waitFor()
  const text = await made.inputValue()
  t.ok(text.startsWith('ncryptsec1'))
  await old.page.getByText('Not saved yet').last().waitFor()
  t.pass('it counts as saved only once it is')
  await picture(old.page, 'backup')
  t.alike(await violations(old.page), [])
  await old.page.getByLabel(/paste it here/).fill(text.slice(0, 80))
  await old.page.getByRole('button', { name: 'I have it' }).click()
  await old.page.getByText('This is not the whole backup.').waitFor()
  await old.page.getByLabel(/paste it here/).fill(`kept: ${text}`)
  await old.page.getByRole('button', { name: 'I have it' }).click()
  await old.page.getByText('Your key is saved.').waitFor()
  await old.page.getByText(/^Saved/).waitFor()
  await old.page.getByRole('button', { name: 'Save another backup…' }).click()
  await twice(old.page, 'Passphrase for the backup', 'Make the backup')
  const coming = old.page.waitForEvent('download')
  await old.page.getByRole('button', { name: 'Download as a file' }).click()
  const file = await (await coming).path()
  t.ok(/ncryptsec1/.test(readFileSync(file, 'utf8')), 'and as a file')
  await old.page.getByText(/^Saved/).waitFor()

  const second = await runMember(NOBODY, join(temporary(t), 'second'))
  t.teardown(() => second.program.stop())
  const { page, wrong } = await openPage(browser, second.url)
  await page.getByRole('button', { name: 'Restore from a backup' }).click()
  await page.getByLabel('Backup').fill('no key at all')
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await page.getByText('There is no key in this.').waitFor()
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByLabel('Passphrase of the backup').fill('something else')
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await page.getByText('This is not the passphrase').waitFor()
  await picture(page, 'restore')
  t.alike(await violations(page), [])
  await page.getByLabel('Passphrase of the backup').fill(WORDS)
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await page.getByText('Your key is back').waitFor()
  await introduce(page, 'Mara', 'Create a group')
  await create(page, 'Choir')
  await page.getByRole('button', { name: 'Settings', exact: true }).click()
  t.is(await npub(page), key, 'the same person')
  for (const { program } of [first, second]) t.absent(program.log().includes(text.slice(0, 40)))
  t.alike([...old.wrong, ...wrong], [], 'no page error, nothing the CSP refused')
})
