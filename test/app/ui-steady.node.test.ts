/** What one presses is pressed, and what was said is seen, whatever comes and goes on the page. */
import type { Page } from 'playwright-core'

import { choose, confirm, create, introduce, say } from './page.ts'
import test from './page-test.ts'
import { PATIENT, strangers } from './people.ts'
import { drawPng } from './picture-file.ts'

const log = (page: Page) => page.getByRole('log')
const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true })
/** Large enough to be on its way for a while */
const FILM = { name: 'film.bin', mimeType: 'application/octet-stream' }
const BYTES = 40 * 1024 * 1024

const WIDTHS = (cards: object[]): number[] =>
  cards.map((card) => Math.round((card as { offsetWidth: number }).offsetWidth))

test('the page is steady', PATIENT, async (t) => {
  const [mara] = (await strangers(t, 1))?.people ?? []
  if (!mara) return
  const { page } = mara
  await introduce(page, 'Mara', 'Create a group')
  await create(page, 'Field notes')

  await say(page, 'The first')
  await log(page).getByText('The first').waitFor()
  await log(page).getByText('Sending…').waitFor({ state: 'detached' })
  await page.getByRole('listitem').filter({ hasText: 'The first' }).hover()
  await choose(page, /Actions for/, 'Delete…')
  await confirm(page, 'Delete')
  await log(page).waitFor({ state: 'detached' })
  await say(page, 'The second')
  await log(page).getByText('The second').waitFor()
  t.pass('what is written after the only message was deleted is seen')

  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([{ ...FILM, buffer: Buffer.alloc(BYTES, 7) }])
  await page.getByRole('list', { name: 'Files to send' }).waitFor()
  await page.getByRole('textbox', { name: /Message to/ }).press('Enter')
  const tray = page.getByRole('complementary', { name: 'Transfers' })
  await tray.waitFor()
  await page.getByRole('textbox', { name: /Message to/ }).fill('Pressed meanwhile')
  await send(page).hover()
  await page.mouse.down()
  await log(page).getByText('Sending…').waitFor({ state: 'detached' })
  await page.mouse.up()
  await log(page).getByText('Pressed meanwhile').waitFor()
  t.pass('a button does not go from under the finger when a transfer ends')
  await tray.waitFor({ state: 'detached' })

  const photo = { mimeType: 'image/png', buffer: drawPng(640, 480) }
  const tall = { mimeType: 'image/png', buffer: drawPng(300, 640) }
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([
      { ...photo, name: 'weir.png' },
      { name: 'evening.webm', mimeType: 'video/webm', buffer: Buffer.from('not really a film') },
      { ...tall, name: 'tower.png' }
    ])
  await send(page).click()
  await page.locator('.pictures video').waitFor()
  await page.locator('.pictures img').nth(1).waitFor()
  const widths = await page.locator('.pictures .file-card').evaluateAll(WIDTHS)
  t.alike(
    [widths.length, new Set(widths).size],
    [3, 1],
    'photos and films of a message are one grid'
  )
  t.alike(mara.wrong, [], 'no page error, nothing the CSP refused')
})
