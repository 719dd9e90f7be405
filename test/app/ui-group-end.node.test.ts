/** A group's end on the page: for who leaves it, and for everybody. */
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { confirm, introduce, look, makeInvite, pasteInvite, create } from './page.ts'
import { PATIENT, strangers } from './people.ts'

async function forget(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Remove from this device' }).click()
  await confirm(page, 'Remove from this device')
}

const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: name })

test('a leaving, and the end of a group', PATIENT, async (t) => {
  const [mara, ivo] = (await strangers(t, 2))?.people ?? []
  if (!mara || !ivo) return
  await introduce(mara.page, 'Mara', 'Create a group')
  await introduce(ivo.page, 'Ivo', 'I have an invite')
  await create(mara.page, 'Choir')
  await look(mara.page, 'People')
  await pasteInvite(ivo.page, await makeInvite(mara.page))
  await row(mara.page, 'Ivo').waitFor()
  await ivo.page.getByRole('button', { name: 'Group settings' }).click()
  await ivo.page.getByRole('button', { name: 'Leave the group…' }).click()
  await confirm(ivo.page, 'Leave')
  await ivo.page.getByText('You left this group.').waitFor()
  await row(mara.page, 'Ivo').waitFor({ state: 'detached' })
  t.pass('who leaves is gone from the others’ list')
  await forget(ivo.page)
  await ivo.page.getByRole('button', { name: 'I have an invite' }).click()
  await pasteInvite(ivo.page, await makeInvite(mara.page))
  await ivo.page.getByRole('heading', { name: 'Choir' }).waitFor()
  t.pass('and comes back by a new invite')

  await mara.page.getByRole('button', { name: 'Group settings' }).click()
  await mara.page.getByRole('button', { name: 'Delete the group…' }).click()
  const button = mara.page.getByRole('button', { name: 'Delete for everyone' })
  t.ok(await button.isDisabled(), 'not before its name was typed')
  await mara.page.getByLabel(/to confirm/).fill('Choir')
  await button.click()
  await ivo.page.getByText('This group was deleted by its creator.').waitFor()
  await mara.page.getByText('This group was deleted by its creator.').waitFor()
  t.pass('a deleted group says so everywhere')
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
