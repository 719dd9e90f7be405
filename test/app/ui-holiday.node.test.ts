/** The first evening: a group, a friend who comes by an invite, and forty photos of a holiday. */
import { join } from 'node:path'
import test from 'brittle'
import type { Page } from 'playwright-core'

import { preview } from './files-page.ts'
import { create, escape, introduce, look, makeInvite, pasteInvite, picture, say } from './page.ts'
import { PATIENT, strangers } from './people.ts'
import { takePhotos } from './photos.ts'
import { temporary } from './programs.ts'

const PLACES = ['Lisbon', 'Sintra', 'Porto', 'Coast']
const PHOTOS = PLACES.flatMap((place, day) =>
  Array.from({ length: 10 }, (_, i) => `${place}/IMG_${2041 + day * 37 + i * 3}.jpg`)
)

/** Counts how often a page says that something is only here, and could be lost. */
const WATCH = `{
  window.alarms = 0
  new MutationObserver(() => {
    if (document.querySelector('.safety-mark.only-here') !== null) window.alarms++
  }).observe(document.body, { subtree: true, childList: true, attributes: true })
}`

test('a friend is invited, and sees a folder of forty photos', PATIENT, async (t) => {
  const meeting = await strangers(t, 2)
  if (meeting === null) return
  const [mara, ivo] = meeting.people
  if (mara === undefined || ivo === undefined) return t.fail('somebody is missing')
  const folder = join(temporary(t), 'Portugal')
  const photos = takePhotos(meeting.browser, folder, PHOTOS)

  await introduce(mara.page, 'Mara Lindqvist', 'Create a group')
  await create(mara.page, 'Portugal 2026', 'Private')
  await introduce(ivo.page, 'Ivo', 'I have an invite')
  await pasteInvite(ivo.page, await makeInvite(mara.page))
  await ivo.page.getByRole('heading', { name: 'Portugal 2026' }).waitFor()
  await say(ivo.page, 'I am in! How was the train to Porto?')
  await mara.page.getByRole('log').getByText('How was the train').waitFor()
  await say(mara.page, 'Three hours along the sea. Wait for the photos.')

  await photos
  await look(mara.page, 'Files')
  await mara.page.locator('input[type=file][webkitdirectory]').setInputFiles(folder)
  await mara.page.evaluate(WATCH)
  await mara.page.getByRole('button', { name: 'Add 40 files' }).click()
  if (process.env.SCREENS !== undefined) await mara.page.locator('.transfers').waitFor()
  await picture(mara.page, 'adding')
  await mara.page.getByText('Portugal: 40 files were added.').waitFor()
  t.is(await mara.page.evaluate('alarms'), 0, 'what is being copied to others alarms nobody')

  const album = ivo.page.locator('.album')
  await album.getByText('40 files').waitFor()
  await shown(album.page(), '.album-picture img', 8)
  await say(ivo.page, 'That light! The third one goes on my wall.')
  await look(mara.page, 'Conversation')
  await mara.page.getByRole('log').getByText('That light!').waitFor()
  await ivo.page.locator('.transfers').waitFor({ state: 'detached' })
  await picture(ivo.page, 'holiday')

  await album.getByRole('button', { name: 'Open the folder' }).click()
  await ivo.page
    .getByRole('button', { name: 'Gallery' })
    .or(ivo.page.getByRole('radio', { name: 'Gallery' }))
    .click()
  await ivo.page.getByRole('row').filter({ hasText: 'Lisbon' }).waitFor()
  await shown(ivo.page, '.card .looks img', 16)
  await picture(ivo.page, 'holiday-folders')
  await ivo.page.getByRole('row').filter({ hasText: 'Lisbon' }).dblclick()
  await shown(ivo.page, '.card img.thumb', 10)
  await picture(ivo.page, 'holiday-gallery')
  await ivo.page.getByRole('row').filter({ hasText: 'IMG_2041' }).click()
  await preview(ivo.page, 'IMG_2041.jpg').locator('img.picture').waitFor()

  await picture(ivo.page, 'holiday-photo')
  await ivo.page.keyboard.press('ArrowRight')
  await preview(ivo.page, 'IMG_2044.jpg').getByText('2 of 10').waitFor()
  t.pass('from one photo to the next, in the order of their names')
  await escape(ivo.page)
  await mara.page.getByText('Safe to go offline').first().waitFor()
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})

/** So many pictures are drawn. */
async function shown(page: Page, selector: string, count: number): Promise<void> {
  await page
    .locator(selector)
    .nth(count - 1)
    .waitFor()
}
