/** A conversation on the page: answers, reactions, names, and what is new. */
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { violations } from './axe.ts'
import { confirm, create, introduce, makeInvite, pasteInvite, picture, say } from './page.ts'
import { PATIENT, strangers } from './people.ts'

const field = (page: Page) => page.getByRole('textbox', { name: /Message to/ })
const message = (page: Page, words: string) =>
  page.getByRole('list', { name: 'Messages' }).getByRole('listitem').filter({ hasText: words })

test('answers, reactions, names, and what is new', PATIENT, async (t) => {
  const [mara, ivo] = (await strangers(t, 2))?.people ?? []
  if (!mara || !ivo) return
  await introduce(mara.page, 'Mara', 'Create a group')
  await create(mara.page, 'Field notes')
  await mara.page.getByRole('button', { name: /Invite somebody/ }).waitFor()
  await picture(mara.page, 'first-steps')
  t.alike(await violations(mara.page), [], 'an empty group')
  await introduce(ivo.page, 'Ivo', 'I have an invite')
  const invite = await makeInvite(mara.page, { shown: 'invite-code' })
  await pasteInvite(ivo.page, invite)
  await ivo.page.getByRole('heading', { name: 'Field notes' }).waitFor()

  await say(mara.page, 'Who has seen the heron?')
  await ivo.page.getByRole('log').getByText('Who has seen the heron?').waitFor()
  await message(ivo.page, 'heron').hover()
  await message(ivo.page, 'heron')
    .getByRole('button', { name: /^React/ })
    .click()
  await picture(ivo.page, 'reacting', { only: true })
  await ivo.page.getByRole('button', { name: 'Heart' }).click()
  await mara.page.getByRole('button', { name: '❤️ 1 Ivo' }).click()
  await ivo.page.getByRole('button', { name: '❤️ 2 Ivo and Mara' }).click()
  await mara.page.getByRole('button', { name: '❤️ 1 Mara' }).waitFor()
  t.pass('a reaction is said, joined, and taken back')

  await message(ivo.page, 'heron')
    .getByRole('button', { name: /Actions for/ })
    .click()
  await ivo.page.getByRole('menuitem', { name: 'Reply' }).click()
  await ivo.page.getByText('Replying to Mara').waitFor()
  await ivo.page.locator('textarea#composer:focus').waitFor()
  await field(ivo.page).pressSequentially('At the weir, @ma')
  await ivo.page.getByRole('option', { name: 'Mara' }).waitFor()
  await picture(ivo.page, 'mention', { only: true })
  t.alike(await violations(ivo.page), [], 'while a name is written')
  await field(ivo.page).press('Enter')
  t.is(await field(ivo.page).inputValue(), 'At the weir, @Mara ')
  await field(ivo.page).press('Enter')
  const answer = message(mara.page, 'At the weir,')
  await answer.locator('.mention.self', { hasText: '@Mara' }).waitFor()
  await answer.getByRole('button', { name: /^In answer to/ }).click()
  await mara.page.locator('li.message:focus', { hasText: 'heron' }).waitFor()
  t.pass('an answer leads to what it answers, and names are names')
  await picture(mara.page, 'answers')
  t.alike(await violations(mara.page), [], 'a conversation')

  await mara.page.getByRole('button', { name: 'New group' }).click()
  await create(mara.page, 'Choir')
  await say(ivo.page, 'There it is again')
  const row = mara.page.getByRole('row', { name: /Field notes/ })
  await row.getByText('1 new message').waitFor({ state: 'attached' })
  await row.getByText('There it is again').waitFor()
  t.is(await row.getAttribute('aria-label'), 'Field notes, 1 new message, Ivo: There it is again')
  const groups = mara.page.getByRole('grid', { name: 'Groups' }).getByRole('row')
  t.ok((await groups.first().textContent())?.includes('Field notes'), 'the newest word is on top')
  await picture(mara.page, 'unread')
  await row.click()
  await mara.page.getByText('New messages', { exact: true }).waitFor()
  await row.getByText('1 new message').waitFor({ state: 'detached' })
  t.pass('what is new is marked until it was seen')
  await message(ivo.page, 'There it is')
    .getByRole('button', { name: /Actions for/ })
    .click()
  await ivo.page.getByRole('menuitem', { name: 'Delete…' }).click()
  await confirm(ivo.page, 'Delete')
  await row.getByText('At the weir, @Mara').waitFor()
  t.pass('and what was deleted stands in no list')
  await mara.page.getByRole('tab', { name: 'Conversation' }).focus()
  await mara.page.keyboard.press('Alt+ArrowDown')
  await mara.page.getByRole('heading', { name: 'Choir' }).waitFor()
  await mara.page.evaluate(PASTE(`look: ${invite}`))
  await mara.page.getByRole('heading', { name: 'Join a group' }).waitFor()
  t.is(await mara.page.getByLabel('Invite', { exact: true }).inputValue(), invite)
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})

const PASTE = (text: string): string => `{
  const clipboardData = new DataTransfer()
  clipboardData.setData('text/plain', ${JSON.stringify(text)})
  document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
}`
