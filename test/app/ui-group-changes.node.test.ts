/** A group's life on the page: invites that end, a new name, a removal. */
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import {
  choose,
  confirm,
  create,
  escape,
  introduce,
  look,
  makeInvite,
  pasteInvite,
  picture
} from './page.ts'
import { PATIENT, strangers } from './people.ts'

async function forget(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Remove from this device' }).click()
  await confirm(page, 'Remove from this device')
}

const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: name })

test('a revoked invite, a new name, a removal', PATIENT, async (t) => {
  const [mara, ivo] = (await strangers(t, 2))?.people ?? []
  if (!mara || !ivo) return
  await introduce(mara.page, 'Mara', 'Create a group')
  await create(mara.page, 'Field notes')
  await introduce(ivo.page, 'Ivo', 'I have an invite')

  const revoked = await makeInvite(mara.page)
  await look(mara.page, 'People')
  const other = await makeInvite(mara.page)
  const shows = mara.page.getByRole('button', { name: /^Show invite/ })
  await shows.nth(1).waitFor()
  const again: string[] = []
  for (const show of await shows.all()) {
    await show.click()
    await mara.page.getByRole('img', { name: 'The invite as a code to scan' }).waitFor()
    again.push(await mara.page.getByLabel('Invite', { exact: true }).inputValue())
    await escape(mara.page)
  }
  t.alike(again.sort(), [revoked, other].sort(), 'each can be shown again, with its code')
  const revokes = mara.page.getByRole('button', { name: /^Revoke invite/ })
  await revokes.nth(1).waitFor()
  for (let left = 2; left > 0; left--) {
    await revokes.first().click()
    await revokes.nth(left - 1).waitFor({ state: 'detached' })
  }
  await pasteInvite(ivo.page, revoked)
  await ivo.page
    .getByText(/revoked/)
    .first()
    .waitFor() // said as soon as a member answers
  const another = await makeInvite(mara.page)
  await ivo.page.getByRole('button', { name: 'Cancel' }).click()
  t.is(await row(mara.page, 'Mara').count(), 1)
  t.is(await mara.page.getByRole('list', { name: 'People' }).getByRole('listitem').count(), 1)
  t.pass('a revoked invite lets nobody in')
  await ivo.page.getByRole('button', { name: 'I have an invite' }).click()
  await pasteInvite(ivo.page, another)
  await ivo.page.getByRole('heading', { name: 'Field notes' }).waitFor()
  await row(mara.page, 'Ivo').waitFor()

  await mara.page.getByRole('button', { name: 'Group settings' }).click()
  await mara.page.getByLabel('Group name').fill('Field book')
  await mara.page.getByLabel('About').fill('Birds, mostly')
  await mara.page.getByText('Open', { exact: true }).click()
  await mara.page.getByText('From then on, people with an invite come in').waitFor()
  await picture(mara.page, 'settings')
  await mara.page.getByRole('button', { name: 'Save', exact: true }).click()
  await ivo.page.getByRole('heading', { name: 'Field book' }).waitFor()
  await ivo.page.getByText('Birds, mostly').waitFor()
  await ivo.page.getByText('Open group').first().waitFor()
  t.pass('a new name and description reach everybody, and that the group is open')

  await choose(mara.page, 'Actions for Ivo', 'Remove from the group…')
  await picture(mara.page, 'remove')
  await confirm(mara.page, 'Remove')
  await row(mara.page, 'Ivo').waitFor({ state: 'detached' })
  await ivo.page.getByText('You were removed from this group.').waitFor()
  t.is(await ivo.page.getByRole('textbox', { name: /Message to/ }).count(), 0)
  t.pass('who was removed is told, and writes no more')
  await picture(ivo.page, 'removed')
  await forget(ivo.page)
  await ivo.page.getByRole('heading', { name: 'Groups that keep their own things' }).waitFor()
  t.pass('and takes it off the device')
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
