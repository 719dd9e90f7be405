/** The page when its worker dies. */
import { join } from 'node:path'
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { violations } from './axe.ts'
import { FRAIL, lost, takeWorker } from './frail.ts'
import { create, openBrowser, openPage, picture, say } from './page.ts'
import { NOBODY, PATIENT } from './people.ts'
import { run, temporary } from './programs.ts'

/** What is said beside a message that the worker has not taken yet. */
const PENDING = /Waiting for the connection|Sending/

const field = (page: Page) => page.getByRole('textbox', { name: /Message to/ })
const message = (page: Page, words: string) =>
  page.getByRole('list', { name: 'Messages' }).getByRole('listitem').filter({ hasText: words })

test('the worker dies, and nothing that was written is lost', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const storage = join(temporary(t), 'member')
  const flags = ['--storage', storage, '--bootstrap', NOBODY, '--no-open', '--local-port', '0']
  const program = await run(FRAIL, flags, /^ready /)
  t.teardown(() => program.stop())
  const { page, wrong } = await openPage(browser, program.line.replace('ready ', ''))
  await page.getByLabel('Your name').fill('Mara')
  const first = takeWorker(storage)
  await lost(page).waitFor()
  await page.getByRole('button', { name: 'Create a group' }).click()
  first()
  await create(page, 'Field notes')
  t.pass('the first page says so, too, and goes on with what was pressed')
  await say(page, 'Before it')
  await message(page, 'Before it').waitFor()
  await field(page).fill('What I was about to say')
  const second = takeWorker(storage)
  await lost(page).waitFor()
  await message(page, 'Before it').waitFor()
  t.is(await field(page).inputValue(), 'What I was about to say', 'words stay')
  await picture(page, 'worker-gone')
  t.alike(await violations(page), [])
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  second()
  await lost(page).waitFor({ state: 'detached' })
  // The first one may have been on its way when the worker died.
  for (const words of ['Before it', 'What I was about to say']) {
    await message(page, words).filter({ hasNotText: PENDING }).waitFor()
    t.is(await message(page, words).count(), 1, `sent once, by itself: ${words}`)
  }
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})
