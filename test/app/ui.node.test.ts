/**
 * The page as a person uses it: a real browser, real workers, a real gateway.
 * With SCREENS=DIR pictures of what was seen are kept there.
 */
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from './page-test.ts'

import {
  escape,
  introduce,
  look,
  makeInvite,
  openBrowser,
  openPage,
  pasteInvite,
  picture
} from './page.ts'
import { PATIENT } from './people.ts'
import { drawPng } from './picture-file.ts'
import { runDemo, runMember, temporary } from './programs.ts'

test('two people, a group, a file, and the file through a gateway', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const folder = temporary(t)
  writeFileSync(join(folder, 'note.txt'), 'a note')
  const { demo, program } = await runDemo(folder)
  t.teardown(() => program.stop())
  const [mara, ivo] = await Promise.all([
    runMember(demo.bootstrap, join(temporary(t), 'mara')),
    runMember(demo.bootstrap, join(temporary(t), 'ivo'))
  ])
  t.teardown(() => mara.program.stop())
  t.teardown(() => ivo.program.stop())

  const her = await openPage(browser, mara.url)
  await her.page.getByRole('heading', { name: 'Groups that keep their own things' }).waitFor()
  await picture(her.page, 'welcome')
  await introduce(her.page, 'Mara', 'Create a group')
  await her.page.getByLabel('Group name').fill('Band demos')
  await picture(her.page, 'create')
  await her.page.getByText('Closed', { exact: true }).click() // with links for others
  await her.page.getByRole('button', { name: 'Create group' }).click()
  await her.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  t.pass('a group was made')
  t.absent(her.page.url().includes('code='), 'the one-time code is gone from the address')

  await her.page.getByRole('button', { name: 'Settings', exact: true }).click()
  await her.page.getByRole('tab', { name: 'Web links' }).click()
  await her.page.getByLabel('Gateway addresses', { exact: true }).fill(demo.gateway)
  await her.page.getByRole('button', { name: 'Save', exact: true }).click()
  await her.page.getByText('Settings saved.').waitFor()
  await escape(her.page)

  const invite = await makeInvite(her.page, { shown: 'invite' })
  const his = await openPage(browser, ivo.url)
  await introduce(his.page, 'Ivo', 'I have an invite')
  await pasteInvite(his.page, invite)
  await his.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  t.pass('a second person joined by the invite')

  const recording = randomBytes(3_000_000)
  const hash = createHash('sha256').update(recording).digest('hex')
  await her.page.getByRole('textbox', { name: /Message to/ }).fill('Take one, and the cover')
  await her.page
    .locator('input[type=file]')
    .first()
    .setInputFiles([
      { name: 'take-01.flac', mimeType: 'audio/flac', buffer: recording },
      { name: 'cover.png', mimeType: 'image/png', buffer: drawPng(960, 540) }
    ])
  await her.page.getByRole('button', { name: 'Send', exact: true }).click()
  await his.page.getByRole('log').getByText('Take one, and the cover').waitFor()
  t.pass('the words arrived at the other page')

  await look(his.page, 'Files')
  await his.page.getByText('On this device · 2').first().waitFor()
  t.pass('the file arrived in the other drive')
  await her.page
    .getByRole('img', { name: /cover\.png/ })
    .first()
    .waitFor()
  await picture(her.page, 'group')

  await look(his.page, 'People')
  await his.page.getByText('Mara').first().waitFor()
  await picture(his.page, 'people')

  await look(her.page, 'Files')
  await her.page.getByRole('button', { name: 'Actions for take-01.flac' }).click()
  await her.page.getByRole('menuitem', { name: 'Copy link' }).click()
  await her.page.getByText('Link copied.').waitFor()
  const link = await her.page.evaluate<string>('navigator.clipboard.readText()')
  t.ok(link.startsWith(demo.gateway), 'the link is the gateway’s')
  const answer = await fetch(link)
  t.is(answer.status, 200)
  const body = Buffer.from(await answer.arrayBuffer())
  t.is(createHash('sha256').update(body).digest('hex'), hash, 'every byte through the gateway')

  await her.page.reload()
  await her.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  await look(her.page, 'Conversation')
  await her.page.getByRole('log').getByText('Take one, and the cover').waitFor()
  t.pass('a reload needs no new code')
  t.alike([...her.wrong, ...his.wrong], [], 'no page error, nothing the CSP refused')
})
