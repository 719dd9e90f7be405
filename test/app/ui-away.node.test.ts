/** What happens to somebody who is not there, as the page tells it afterwards. */
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { look, makeInvite, openBrowser, pasteInvite, picture, say } from './page.ts'
import { PATIENT } from './people.ts'
import { travellers } from './travellers.ts'

const field = (page: Page) => page.getByRole('textbox', { name: /Message to/ })
const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true })
const unknown = 'The members online do not know you as a member.'

test('removed from a private group while away, and back', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const [mara, ivo] = await travellers(t, browser)
  await pasteInvite(ivo.page, await makeInvite(mara.page))
  await ivo.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  await say(ivo.page, 'I hear a hum')
  await mara.page.getByRole('log').getByText('I hear a hum').waitFor()
  await ivo.leave()
  await look(mara.page, 'People')
  await mara.page.getByRole('button', { name: 'Actions for Ivo' }).click()
  await mara.page.getByRole('menuitem', { name: 'Remove from the group…' }).click()
  const ask = mara.page.getByRole('alertdialog')
  await ask.getByRole('button', { name: 'Remove', exact: true }).click()
  await ask.waitFor({ state: 'detached' })

  await ivo.come()
  await ivo.page.getByText(unknown).waitFor()
  await ivo.page.getByText('Not known to members').first().waitFor()
  await ivo.page.getByRole('log').getByText('I hear a hum').waitFor()
  t.pass('what is here stays readable')
  await field(ivo.page).fill('Is anybody there?')
  await ivo.page.getByText(/Nobody would get your message now/).waitFor()
  t.ok(await send(ivo.page).isDisabled())
  await field(ivo.page).press('Enter')
  t.is(await field(ivo.page).inputValue(), 'Is anybody there?', 'nor by Enter')
  await picture(ivo.page, 'shut-out')
  await ivo.page.reload()
  await ivo.page.getByText(unknown).waitFor()
  t.is(await field(ivo.page).inputValue(), 'Is anybody there?', 'the draft is kept')

  await look(mara.page, 'Conversation')
  await mara.page.getByRole('button', { name: 'Let Ivo in again' }).click()
  await mara.page.getByRole('log').getByText('Mara let Ivo in again').waitFor()
  await ivo.page.getByText(unknown).waitFor({ state: 'detached' })
  t.pass('it goes when members know him again, and says what he missed')
  await ivo.page.getByText('An admin let you in again.').waitFor()
  await ivo.page.getByRole('button', { name: 'Join with an invite' }).click()
  await pasteInvite(ivo.page, await makeInvite(mara.page))
  await ivo.page.getByText('An admin let you in again.').waitFor({ state: 'detached' })
  t.is(await field(ivo.page).inputValue(), 'Is anybody there?')
  await send(ivo.page).click()
  await mara.page.getByRole('log').getByText('Is anybody there?').waitFor()
  await say(mara.page, 'Welcome back')
  await ivo.page.getByRole('log').getByText('Welcome back').waitFor()
  t.pass('back by a new invite, without opening the page anew')
  await picture(ivo.page, 'back')
  for (const one of [mara, ivo]) await one.leave()
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
