/** The files of a group on the page: who has them, kept, and removed. */
import test from './page-test.ts'

import { violations } from './axe.ts'
import { addOne, row } from './files-page.ts'
import { choose, look, picture } from './page.ts'
import { gathered, PATIENT } from './people.ts'
import { drawPng } from './picture-file.ts'

test('files are kept and removed', PATIENT, async (t) => {
  const meeting = await gathered(t, ['Mara', 'Ivo'], 'Field notes')
  const [mara, ivo] = meeting?.people ?? []
  if (!mara || !ivo) return
  const { page } = mara
  const theirs = ivo.page
  for (const [name, mimeType, buffer] of [
    ['cover.png', 'image/png', drawPng(960, 540)],
    ['drawing.svg', 'image/svg+xml', Buffer.from('<svg onload="document.title=1"/>')],
    ['archive.zip', 'application/zip', Buffer.from('PK not really')]
  ] as const) {
    await addOne(page, { name, mimeType, buffer })
    await page
      .getByRole('log')
      .getByText(name.split('.')[0] ?? '')
      .first()
      .waitFor()
  }
  await look(page, 'Files')
  await look(theirs, 'Files')
  await row(theirs, 'cover').getByText('On this device · 2').waitFor()

  await choose(theirs, 'Actions for cover.png', 'Details')
  const details = theirs.getByRole('complementary', { name: 'Details' })
  await details.getByText('You, on this device').waitFor()
  await details.getByText(/^Checked/).waitFor()
  await picture(theirs, 'details')
  t.alike(await violations(theirs), [], 'nothing wrong with details')
  t.pass('who has a file is named, and that it was checked')
  await details.getByRole('button', { name: 'Keep on this device' }).click()
  await row(theirs, 'cover').getByText('Kept on this device').waitFor()
  t.is(await details.getByRole('button', { name: /^Remove/ }).count(), 0, 'it is not his')
  await details.getByRole('button', { name: 'Close details' }).click()

  await row(page, 'archive').focus()
  await page.keyboard.press('Delete')
  await page.getByText('archive.zip was removed.').waitFor()
  await row(page, 'archive').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await row(page, 'archive').waitFor()
  t.ok(await row(theirs, 'archive').count(), 'a removal is taken back in time')
  await row(page, 'archive').locator('.select-box').click()
  await row(page, 'drawing').locator('.select-box').click()
  await page.getByText(/^2 selected/).waitFor()
  await picture(page, 'selection')
  t.alike(await violations(page), [], 'nothing wrong with a selection')
  await page.setViewportSize({ width: 420, height: 800 })
  await row(page, 'archive').locator('.select-box').waitFor({ state: 'hidden' })
  await page.keyboard.press('Escape')
  await page.getByText(/^2 selected/).waitFor({ state: 'detached' })
  t.pass('the box that had the focus is gone in a narrow window, and Escape clears all the same')
  await page.setViewportSize({ width: 1280, height: 800 })
  for (const name of ['archive', 'drawing']) await row(page, name).locator('.select-box').click()
  await page.getByRole('toolbar').getByRole('button').first().focus()
  await page.keyboard.press('Escape')
  await page.getByText(/^2 selected/).waitFor({ state: 'detached' })
  for (const name of ['archive', 'drawing']) await row(page, name).locator('.select-box').click()
  await page.getByRole('toolbar').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('2 files were removed.').waitFor()
  await row(page, 'cover').focus()
  await page.keyboard.press('Delete') // the next removal makes the one before it final
  await row(theirs, 'archive').waitFor({ state: 'detached' })
  await row(theirs, 'drawing').waitFor({ state: 'detached' })
  t.pass('and what is not taken back goes for everybody')
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
