/** The page in a narrow window, with words that cannot be sent, and without its code. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pollFor } from '../poll.ts'
import test from './page-test.ts'

import { introduce, openBrowser, openPage, picture, say } from './page.ts'
import { NOBODY, PATIENT, strangers } from './people.ts'
import { runMember, temporary } from './programs.ts'

test('a failed post survives reload, and a narrow window scrolls nowhere', PATIENT, async (t) => {
  const [mara] = (await strangers(t, 1))?.people ?? []
  if (!mara) return
  const { page, wrong } = mara
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
  await page.getByRole('log').getByText('Written after it').waitFor()
  const order = await page
    .getByRole('log')
    .getByText(/^(Too much|Written after it)/)
    .allTextContents()
  t.is(order.length, 2)
  t.ok(order[0]?.startsWith('Too much'), 'and it hides nothing that came after it')
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const kept = await page.getByRole('textbox', { name: /Message to/ }).inputValue()
  t.is(kept.length, 'Too much. '.length + 60_000 * 5 - 1, 'every word is there again')
  await page.getByRole('textbox', { name: /Message to/ }).fill('')

  await page.setViewportSize({ width: 380, height: 760 })
  for (const tab of ['People', 'Conversation', 'Files']) {
    await page.getByRole('tab', { name: tab }).click()
    await page.getByRole('tabpanel', { name: tab }).waitFor()
    // A list takes its new width a frame after the window has
    const beyond = () => page.evaluate<string[]>(BEYOND)
    await pollFor(10_000, async () => (await beyond()).length === 0)
    t.alike(await beyond(), [], `nothing beyond 380 px in ${tab}`)
  }
  await page.getByText('A recording with').first().waitFor()
  t.pass('files keep their names')
  await picture(page, 'narrow', { only: true })
  await page.getByRole('button', { name: 'Groups and settings' }).click()
  await page.getByRole('dialog', { name: 'Groups' }).getByText('Join with an invite').click()
  await page.getByRole('heading', { name: 'Join a group' }).waitFor()
  t.pass('the groups open above it')
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})

/** What of the page a person would have to scroll sideways for. */
const BEYOND = `[...document.querySelectorAll('body *')].flatMap((place) => {
  const { width, left, right } = place.getBoundingClientRect()
  return width > 2 && (left < -1 || right > innerWidth + 1) ? place.className || place.tagName : []
}).concat(document.documentElement.scrollWidth > innerWidth ? ['the page'] : [])`

test('a page without the code is told to open the app again', PATIENT, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const member = await runMember(NOBODY, join(temporary(t), 'member'))
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
