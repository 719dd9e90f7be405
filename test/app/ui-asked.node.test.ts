/** Who asks to be let in, on both pages. */
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { create, look, makeInvite, openBrowser, pasteInvite, picture } from './page.ts'
import { PATIENT } from './people.ts'
import { travellers } from './travellers.ts'

/** Counts how often a page calls somebody alone, after and beside somebody who asks. */
const WATCH = `{
  let asked = false
  window.alone = 0
  new MutationObserver(() => {
    asked ||= document.querySelector('.person.request .row-actions .primary') !== null
    if (asked && document.body.textContent.includes('Just you so far')) window.alone++
  }).observe(document.body, { subtree: true, childList: true })
}`

test('who waits for an admin may close the app meanwhile', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const [mara, ivo] = await travellers(t, browser)
  await pasteInvite(ivo.page, await makeInvite(mara.page, { asked: true }))
  await ivo.page.getByText('Waiting for an admin').first().waitFor()
  await mara.page.evaluate(WATCH)
  await look(mara.page, 'People')
  await mara.page.getByRole('button', { name: 'Approve Ivo' }).waitFor()
  t.is(await mara.page.evaluate('alone'), 0, 'nobody is called alone beside who is at the door')
  await picture(mara.page, 'at-the-door')
  await picture(ivo.page, 'asked')
  await ivo.page.getByRole('button', { name: 'Close and wait' }).click()
  const row = (page: Page) => page.getByRole('list', { name: 'Waiting to be let in' })
  await row(ivo.page).getByText('Band demos').waitFor()
  await picture(ivo.page, 'waiting')
  await ivo.leave()
  await ivo.come()
  await row(ivo.page).getByText('Waiting for an admin').waitFor()
  t.pass('it waits after a restart, without the invite')
  await mara.page.getByRole('button', { name: 'Approve Ivo' }).click()
  await ivo.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  await ivo.page.getByRole('log').getByText('Mara let Ivo in').waitFor()
  t.is(await mara.page.evaluate('alone'), 0, 'nor while one is let in')
  t.is(await ivo.page.getByText(/Ivo (joined|added a device)/).count(), 0, 'told once')
  t.is(await row(ivo.page).count(), 0)
  await picture(ivo.page, 'let-in')

  await ivo.page.getByRole('button', { name: 'Join with an invite' }).click()
  await mara.page.getByRole('button', { name: 'New group' }).click()
  await create(mara.page, 'Choir')
  await pasteInvite(ivo.page, await makeInvite(mara.page, { asked: true }))
  await ivo.page.getByRole('button', { name: 'Close and wait' }).click()
  await ivo.page.getByRole('button', { name: 'Stop waiting for Choir' }).click()
  await row(ivo.page).waitFor({ state: 'detached' })
  t.pass('or one waits no longer')
  for (const one of [mara, ivo]) await one.leave()
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})

test('who asks has a name also after a restart', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const [mara, ivo] = await travellers(t, browser)
  const invite = await makeInvite(mara.page, { asked: true })
  await look(mara.page, 'People')
  await ivo.page.getByLabel('Invite', { exact: true }).waitFor()
  await ivo.leave()
  await ivo.come()
  await ivo.page.getByRole('button', { name: 'I have an invite' }).click()
  await pasteInvite(ivo.page, invite)
  await mara.page.getByRole('button', { name: 'Approve Ivo' }).click()
  const people = mara.page.getByRole('list', { name: 'People' }).getByRole('listitem')
  await people.filter({ hasText: 'Ivo' }).waitFor()
  t.pass('the worker is told it anew')
  for (const one of [mara, ivo]) await one.leave()
})
