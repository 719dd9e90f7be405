/** A private group on the page: pins, deletions, and a removal. */
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { choose, confirm, look, makeInvite, pasteInvite, picture, say } from './page.ts'
import { gathered, PATIENT } from './people.ts'

const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: name })

test('a private group: pins, deletions, a removal', PATIENT, async (t) => {
  const meeting = await gathered(t, ['Mara', 'Ivo', 'Sunniva'], 'Band demos', 'private')
  const [mara, ivo, sun] = meeting?.people ?? []
  if (!mara || !ivo || !sun) return
  await look(mara.page, 'People')
  await choose(mara.page, 'Actions for Ivo', 'Make moderator')
  await look(ivo.page, 'People')
  await row(ivo.page, 'Ivo').getByText('Moderator').waitFor()
  await look(ivo.page, 'Conversation')
  await say(ivo.page, 'I hear a hum')

  await look(mara.page, 'Conversation')
  await choose(mara.page, /Actions for the message of Ivo/, 'Pin')
  await sun.page.getByRole('region', { name: 'Pinned messages' }).getByText('a hum').waitFor()
  t.pass('what is pinned is at the top of everybody’s conversation')
  await picture(mara.page, 'private')

  await say(sun.page, 'Buy my records')
  await look(ivo.page, 'Conversation')
  await ivo.page.getByRole('log').getByText('Buy my records').waitFor()
  await choose(ivo.page, /Actions for the message of Sunniva/, 'Delete…')
  await confirm(ivo.page, 'Delete')
  await sun.page.getByRole('log').getByText('Buy my records').waitFor({ state: 'detached' })
  t.pass('a moderator takes back what another wrote')

  await look(mara.page, 'People')
  await mara.page.getByRole('button', { name: 'Actions for Sunniva' }).click()
  await mara.page.getByRole('menuitem', { name: 'Remove from the group…' }).click()
  await confirm(mara.page, 'Remove')
  await row(mara.page, 'Sunniva').waitFor({ state: 'detached' })
  await look(mara.page, 'Conversation')
  await say(mara.page, 'Only us now')
  await ivo.page.getByRole('log').getByText('Only us now').waitFor()
  await sun.page.getByText('You were removed from this group.').waitFor()
  t.is(
    await sun.page.getByRole('log').getByText('Only us now').count(),
    0,
    'who was removed gets nothing new'
  )

  await mara.page.getByRole('button', { name: 'Let Sunniva in again' }).click()
  const back = await makeInvite(mara.page)
  await sun.page.getByRole('button', { name: 'Join with an invite' }).click()
  await pasteInvite(sun.page, back)
  await sun.page.getByRole('log').getByText('Only us now').waitFor()
  t.pass('until an admin lets them in again')
  const wrong = [mara, ivo, sun].flatMap((one) => one.wrong)
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})
