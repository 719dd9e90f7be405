/** The files of a group on the page: found, and looked at. */
import test from './page-test.ts'

import { violations } from './axe.ts'
import { addOne, holiday, preview, row, wav } from './files-page.ts'
import { escape, look, picture } from './page.ts'
import { gathered, PATIENT } from './people.ts'
import { drawPng } from './picture-file.ts'

/** Resolves when a sound is heard. */
const PLAYS = `new Promise((heard) => {
  const audio = document.querySelector('audio')
  if (audio.currentTime > 0) heard()
  else audio.addEventListener('timeupdate', () => heard(), { once: true })
})`

test('files are found and looked at', PATIENT, async (t) => {
  const meeting = await gathered(t, ['Mara', 'Ivo'], 'Field notes')
  const [mara, ivo] = meeting?.people ?? []
  if (!mara || !ivo) return
  const { page } = mara
  await look(page, 'Files')
  await page.getByRole('heading', { name: 'No files yet' }).waitFor()
  await page.getByRole('button', { name: 'Add files' }).last().waitFor()
  await picture(page, 'no-files')
  t.alike(await violations(page), [], 'nothing wrong with no files')

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
  await page.getByText('1 system file is left out.').waitFor()
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
  await row(theirs, 'IMG_0001').waitFor({ state: 'detached' }) // when the last letter counts
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
  await escape(theirs)
  t.pass('one goes through pictures by keys')

  await theirs.getByRole('radio', { name: 'List' }).click()
  await theirs.getByRole('button', { name: /Type/ }).click()
  await theirs.getByRole('option', { name: 'All types' }).click()
  for (const name of ['page.html', 'drawing.svg']) {
    await row(theirs, name.slice(0, -5)).click()
    await preview(theirs, name).locator('pre').getByText('document.title').waitFor()
    await escape(theirs)
  }
  t.is(await theirs.title(), 'Hypertuna', 'a page is read, and does nothing')
  await row(theirs, 'take-01').click()
  await preview(theirs, 'take-01.wav').locator('audio').waitFor()
  await theirs.evaluate(PLAYS)
  await escape(theirs)
  await row(theirs, 'archive').click()
  await theirs.getByRole('heading', { name: 'No preview of this kind of file' }).waitFor()
  await escape(theirs)

  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
