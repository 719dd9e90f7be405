/**
 * The page as a person uses it: a real browser, real workers, a real gateway.
 * With SCREENS=DIR pictures of what was seen are kept there.
 */
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'

import { introduce, makeInvite, openBrowser, openPage, pasteInvite, picture, say } from './page.ts'
import { drawPng } from './picture-file.ts'
import { runDemo, runMember, temporary } from './programs.ts'

test(
  'two people, a group, a file, and the file through a gateway',
  { timeout: 180_000 },
  async (t) => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const folder = temporary(t)
    writeFileSync(join(folder, 'note.txt'), 'a note')
    const { demo, program } = await runDemo(folder)
    t.teardown(() => program.stop())

    const mara = await runMember(demo.bootstrap, join(temporary(t), 'mara'))
    t.teardown(() => mara.program.stop())
    const ivo = await runMember(demo.bootstrap, join(temporary(t), 'ivo'))
    t.teardown(() => ivo.program.stop())

    const her = await openPage(browser, mara.url)
    await her.page.getByRole('heading', { name: 'Groups that keep their own things' }).waitFor()
    await picture(her.page, 'welcome')
    await introduce(her.page, 'Mara', 'Create a group')
    await her.page.getByLabel('Group name').fill('Band demos')
    await picture(her.page, 'create')
    await her.page.getByRole('button', { name: 'Create group' }).click()
    await her.page.getByRole('heading', { name: 'Band demos' }).waitFor()
    t.pass('a group was made')
    t.absent(her.page.url().includes('code='), 'the one-time code is gone from the address')

    await her.page.getByRole('button', { name: 'Settings', exact: true }).click()
    await her.page.getByRole('tab', { name: 'Gateways' }).click()
    await her.page.getByLabel('Gateways', { exact: true }).last().fill(demo.gateway)
    await her.page.getByRole('button', { name: 'Save', exact: true }).click()
    await her.page.getByText('Settings saved.').waitFor()
    await her.page.keyboard.press('Escape')

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
    await his.page.getByText('Take one, and the cover').waitFor()
    t.pass('the words arrived at the other page')

    await his.page.getByRole('tab', { name: 'Files' }).click()
    await his.page.getByText('On this device · 2').first().waitFor()
    t.pass('the file arrived in the other drive')
    await her.page
      .getByRole('img', { name: /cover\.png/ })
      .first()
      .waitFor()
    await picture(her.page, 'group')

    await his.page.getByRole('tab', { name: 'People' }).click()
    await his.page.getByText('Mara').first().waitFor()
    await picture(his.page, 'people')

    await her.page.getByRole('tab', { name: 'Files' }).click()
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
    await her.page.getByRole('tab', { name: 'Conversation' }).click()
    await her.page.getByText('Take one, and the cover').waitFor()
    t.pass('a reload needs no new code')
    t.alike([...her.wrong, ...his.wrong], [], 'no page error, nothing the CSP refused')
  }
)

test(
  'a failed post survives reload, and a narrow window scrolls nowhere',
  { timeout: 90_000 },
  async (t) => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const member = await runMember('127.0.0.1:1', join(temporary(t), 'member'))
    t.teardown(() => member.program.stop())
    const { page, wrong } = await openPage(browser, member.url)
    await introduce(page, 'Mara', 'Create a group')
    await page.getByLabel('Group name').waitFor()
    await page.goBack()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.pass('back closes the dialog and stays on the page')
    await page.getByRole('button', { name: 'Create a group' }).click()
    await page.getByLabel('Group name').fill('Field notes')
    await page.getByRole('button', { name: 'Create group' }).click()
    await page.locator('textarea#composer:focus').waitFor()
    t.pass('a new group is ready to be written in')

    await say(page, `Too much. ${'word '.repeat(60_000)}`)
    await page.getByText('Not sent.').waitFor()
    await say(page, 'Written after it')
    const files = ['one.flac', 'two.flac'].map((name) => ({
      name: `A recording with a rather long name, take ${name}`,
      mimeType: 'audio/flac',
      buffer: randomBytes(1000)
    }))
    await page.locator('input[type=file]').first().setInputFiles(files)
    await page.getByText('2 files to send').waitFor()
    await say(page, '')
    await page.getByRole('tab', { name: 'Files 2' }).waitFor()

    await page.reload()
    await page.getByText('Not sent.').waitFor()
    const order = await page.getByText(/^(Too much|Written after it)/).allTextContents()
    t.is(order.length, 2)
    t.ok(order[0]?.startsWith('Too much'), 'and it hides nothing that came after it')
    await page.getByRole('button', { name: 'Take back' }).click()
    const kept = await page.getByRole('textbox', { name: /Message to/ }).inputValue()
    t.is(kept.length, 'Too much. '.length + 60_000 * 5 - 1, 'every word is there again')
    await page.getByRole('textbox', { name: /Message to/ }).fill('')

    await page.setViewportSize({ width: 380, height: 760 })
    for (const tab of ['People', 'Conversation', 'Files']) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByRole('tabpanel', { name: tab }).waitFor()
      t.alike(await page.evaluate<string[]>(BEYOND), [], `nothing beyond 380 px in ${tab}`)
    }
    t.ok(await page.getByText('A recording with').first().isVisible(), 'files keep their names')
    await picture(page, 'narrow')
    await page.getByRole('button', { name: 'Groups and settings' }).click()
    await page.getByRole('dialog', { name: 'Groups' }).getByText('Join with an invite').click()
    await page.getByRole('heading', { name: 'Join a group' }).waitFor()
    t.pass('the groups open above it')
    t.alike(wrong, [], 'no page error, nothing the CSP refused')
  }
)

/** What of the page a person would have to scroll sideways for. */
const BEYOND = `[...document.querySelectorAll('body *')].flatMap((place) => {
  const { width, left, right } = place.getBoundingClientRect()
  return width > 2 && (left < -1 || right > innerWidth + 1) ? place.className || place.tagName : []
}).concat(document.documentElement.scrollWidth > innerWidth ? ['the page'] : [])`

test('a page without the code is told to open the app again', { timeout: 60_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const member = await runMember('127.0.0.1:1', join(temporary(t), 'member'))
  t.teardown(() => member.program.stop())
  const bare = member.url.split('#')[0] ?? ''
  const { page } = await openPage(browser, bare)
  await page.getByRole('heading', { name: 'Open Hypertuna again from the app' }).waitFor()
  t.pass('said so')
  const config = await page.evaluate<number>(
    "fetch('/user-config').then((answer) => answer.status)"
  )
  t.is(config, 401, 'and nothing is given out')
})
