/** The page when the rest of its code does not come. */
import { join } from 'node:path'

import { violations } from './axe.ts'
import { openBrowser, openPage } from './page.ts'
import test from './page-test.ts'
import { NOBODY, PATIENT } from './people.ts'
import { runMember, temporary } from './programs.ts'

test('a page whose code is missing says what to do', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const { url, program } = await runMember(NOBODY, join(temporary(t), 'member'))
  t.teardown(() => program.stop())
  const { page, wrong } = await openPage(browser, 'about:blank')
  await page.route(/assets\/first-/, (route) => route.abort())
  await page.goto(url)
  await page.getByRole('alert').getByText('Reload this page').waitFor()
  t.alike(await violations(page), [])
  await page.unroute(/assets\/first-/)
  await page.reload()
  await page.getByLabel('Your name').waitFor()
  t.alike(wrong, [], 'nothing but what was missing went wrong')
})
