/** Files of the same bytes on the page: each name is found, looked at and removed by itself. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { addOne, row } from './files-page.ts'
import { choose, create, introduce, look } from './page.ts'
import test from './page-test.ts'
import { PATIENT, strangers } from './people.ts'
import { drawPng } from './picture-file.ts'
import { temporary } from './programs.ts'

test('the same bytes under several names', PATIENT, async (t) => {
  const [mara] = (await strangers(t, 1))?.people ?? []
  if (!mara) return
  const { page } = mara
  await introduce(page, 'Mara', 'Create a group')
  await create(page, 'Field notes')
  const buffer = drawPng(320, 240)
  const folder = join(temporary(t), 'Trip')
  mkdirSync(folder)
  writeFileSync(join(folder, 'weir.png'), buffer)
  writeFileSync(join(folder, 'plan.txt'), 'Where to eat')
  await look(page, 'Files')
  const choice = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Add a folder' }).click()
  const chooser = await choice
  await look(page, 'Conversation')
  await chooser.setFiles(folder)
  await page.getByRole('button', { name: 'Add 2 files' }).waitFor()
  t.pass('a choice counts whose place in the page is gone by then')
  await page.keyboard.press('Escape')
  for (const name of ['heron.png', 'copy of heron.png']) {
    await addOne(page, { name, mimeType: 'image/png', buffer })
    await page.getByRole('button', { name: `Open ${name}` }).waitFor()
  }
  t.pass('a message calls its file as it was called')
  await look(page, 'Files')
  await row(page, 'copy of heron').waitFor()
  await page.locator('input[type=file][webkitdirectory]').setInputFiles(folder)
  await page.getByRole('button', { name: 'Add 2 files' }).click()
  await row(page, 'Trip').click()
  await row(page, 'weir').waitFor()
  await row(page, 'plan').waitFor()
  t.is(await row(page, '.png').count(), 1, 'a folder has what was put into it')
  await page.getByRole('button', { name: 'All files' }).click()
  t.is(await row(page, 'heron').count(), 2, 'and the top what was sent')

  await page.getByRole('searchbox').fill('copy')
  await row(page, 'heron').nth(1).waitFor({ state: 'detached' })
  await row(page, 'copy of heron').waitFor()
  await page.getByRole('searchbox').fill('png')
  await row(page, 'weir').waitFor()
  t.is(await row(page, 'png').count(), 3, 'each name is found')
  const link = row(page, 'copy of').getByRole('link', { name: 'Download copy of heron.png' })
  t.ok((await link.getAttribute('href'))?.endsWith('filename=copy%20of%20heron.png'))

  await choose(page, 'Actions for heron.png', 'Remove')
  await row(page, 'copy of heron').waitFor()
  await page.getByText('heron.png was removed.').waitFor()
  t.is(await row(page, 'png').count(), 2, 'one is removed')
  await choose(page, 'Actions for copy of heron.png', 'Details') // now the first of its names
  await page.getByRole('complementary', { name: 'Details' }).getByText('copy of heron').waitFor()
  await row(page, 'weir').focus()
  await page.keyboard.press('Delete') // the next removal makes the one before it final
  await page.getByText('weir.png was removed.').waitFor()
  await look(page, 'Conversation')
  await page.getByRole('button', { name: 'Open heron.png' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Open copy of heron.png' }).waitFor()
  t.pass('and the others stay')
  t.alike(mara.wrong, [], 'no page error, nothing the CSP refused')
})
