/** The files of a group on the page: found, looked at, kept and removed. */
import test from 'brittle'

import { violations } from './axe.ts'
import { addOne, choose, create, holiday, look, person, preview, row, wav } from './files-page.ts'
import { introduce, makeInvite, openBrowser, pasteInvite, picture } from './page.ts'
import { drawPng } from './picture-file.ts'
import { localDht } from './programs.ts'

/** Resolves when a sound is heard. */
const PLAYS = `new Promise((heard) => {
  const audio = document.querySelector('audio')
  if (audio.currentTime > 0) heard()
  else audio.addEventListener('timeupdate', () => heard(), { once: true })
})`

test('files are found, looked at, kept and removed', { timeout: 240_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const bootstrap = await localDht(t)
  const mara = await person(t, browser, bootstrap, 'mara')
  const { page } = mara
  await introduce(page, 'Mara', 'Create a group')
  await create(page, 'Field notes')
  const ivo = await person(t, browser, bootstrap, 'ivo')
  await introduce(ivo.page, 'Ivo', 'I have an invite')

  await look(page, 'Files')
  await page.getByRole('heading', { name: 'No files yet' }).waitFor()
  await page.getByRole('button', { name: 'Add files' }).last().waitFor()
  t.alike(await violations(page), [], 'nothing wrong with no files')
  await pasteInvite(ivo.page, await makeInvite(page))
  await ivo.page.getByRole('heading', { name: 'Field notes' }).waitFor()

  const hostile = '<html><script>document.title = "taken"</script><h1>Run</h1>'
  for (const [name, mimeType, buffer] of [
    ['take-01.wav', 'audio/wav', wav()],
    ['cover.png', 'image/png', drawPng(960, 540)],
    ['page.html', 'text/html', Buffer.from(hostile)],
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
  const folder = holiday(t)
  await page.locator('input[type=file][webkitdirectory]').setInputFiles(folder)
  await page.getByText('9 files,').waitFor()
  await page.getByText('1 file of the system is left out.').waitFor()
  await picture(page, 'add-folder')
  t.alike(await violations(page), [], 'nothing wrong with a folder that is about to be added')
  await page.getByRole('button', { name: 'Add 9 files' }).click()
  await page.getByText('Holiday: 9 files were added.').waitFor()
  t.pass('a folder goes in by the pipe, with its paths')

  await look(ivo.page, 'Files')
  await row(ivo.page, 'Holiday').getByText('On this device').waitFor()
  await row(ivo.page, 'Holiday').click()
  await row(ivo.page, 'Lisbon').click()
  await row(ivo.page, 'IMG_0001').getByText('On this device · 2').waitFor()
  t.pass('the other has it, under the same paths')
  await ivo.page.getByRole('button', { name: 'All files' }).click()
  await row(ivo.page, 'cover').getByText('On this device · 2').waitFor()

  const theirs = ivo.page
  await picture(theirs, 'files')
  t.alike(await violations(theirs), [], 'nothing wrong with the list')
  await theirs.keyboard.press('Escape')
  await theirs.locator('body').press('/')
  await theirs.keyboard.type('img_010')
  await row(theirs, 'IMG_0104').waitFor()
  t.is(await row(theirs, 'IMG').count(), 4, 'search goes through folders')
  await theirs.getByRole('searchbox').fill('')
  await theirs.getByRole('button', { name: /Type/ }).click()
  await theirs.getByRole('option', { name: 'Audio' }).click()
  await row(theirs, 'take-01').waitFor()
  t.is(await theirs.getByRole('grid', { name: 'Files' }).getByRole('row').count(), 1, 'by type')
  await theirs.getByRole('button', { name: /Type/ }).click()
  await theirs.getByRole('option', { name: 'Pictures' }).click()
  await theirs.getByRole('radio', { name: 'Gallery' }).click()
  await theirs.locator('.card img').nth(4).waitFor()
  await picture(theirs, 'gallery')
  t.alike(await violations(theirs), [], 'nothing wrong with the gallery')

  await row(theirs, 'cover').click()
  await preview(theirs, 'cover.png').getByRole('img').waitFor()
  await picture(theirs, 'preview')
  t.alike(await violations(theirs), [], 'nothing wrong with the preview')
  await theirs.keyboard.press('+')
  await theirs.getByText('150%').waitFor()
  await theirs.keyboard.press('0')
  const place = await theirs.getByText(/^\d+ of 9$/).textContent()
  await theirs.keyboard.press(place?.startsWith('9') ? 'ArrowLeft' : 'ArrowRight')
  await preview(theirs, 'IMG').getByRole('img').waitFor()
  await theirs.keyboard.press('Escape')
  await theirs.getByRole('dialog').waitFor({ state: 'detached' })
  t.pass('one goes through pictures by keys')

  await theirs.getByRole('radio', { name: 'List' }).click()
  await theirs.getByRole('button', { name: /Type/ }).click()
  await theirs.getByRole('option', { name: 'All types' }).click()
  for (const name of ['page.html', 'drawing.svg']) {
    await row(theirs, name.slice(0, -5)).click()
    await preview(theirs, name).locator('pre').getByText('document.title').waitFor()
    await theirs.keyboard.press('Escape')
    await theirs.getByRole('dialog').waitFor({ state: 'detached' })
  }
  t.is(await theirs.title(), 'Hypertuna', 'a page is read, and does nothing')
  await row(theirs, 'take-01').click()
  await preview(theirs, 'take-01.wav').locator('audio').waitFor()
  await theirs.evaluate(PLAYS)
  await theirs.keyboard.press('Escape')
  await row(theirs, 'archive').click()
  await theirs.getByRole('heading', { name: 'No preview of this kind of file' }).waitFor()
  await theirs.keyboard.press('Escape')
  await theirs.getByRole('dialog').waitFor({ state: 'detached' })

  await choose(theirs, 'Actions for cover.png', 'Details')
  const details = theirs.getByRole('complementary', { name: 'Details' })
  await details.getByText('You, on this device').waitFor()
  await details.getByText(/^Proved/).waitFor()
  await picture(theirs, 'details')
  t.alike(await violations(theirs), [], 'nothing wrong with details')
  t.pass('who has a file is named, and that it was proved')
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
  await page.getByRole('toolbar').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('2 files were removed.').waitFor()
  await row(theirs, 'archive').waitFor({ state: 'detached' })
  await row(theirs, 'drawing').waitFor({ state: 'detached' })
  t.pass('and what is not taken back goes for everybody')
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
