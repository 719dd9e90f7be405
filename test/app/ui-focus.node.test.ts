/** Where the focus is can be seen: of everything that Tab leads to, on every screen. */
import test from './page-test.ts'

import { throughDialogs } from './dialogs.ts'
import { addOne, row } from './files-page.ts'
import { escape, look, say } from './page.ts'
import { gathered, PATIENT } from './people.ts'
import { drawPng } from './picture-file.ts'
import { ringFaults } from './ring.ts'

test('everything that the keys lead to shows that it has the focus', PATIENT, async (t) => {
  const [mara] = (await gathered(t, ['Mara'], 'Field notes'))?.people ?? []
  if (!mara) return
  const { page } = mara
  await page.setViewportSize({ width: 900, height: 700 })
  const fine = async (screen: string): Promise<void> => {
    t.alike(await ringFaults(page), [], screen)
  }
  await fine('an empty conversation')
  await say(page, 'A heron at the weir')
  await addOne(page, { name: 'heron.png', mimeType: 'image/png', buffer: drawPng(320, 200) })
  await page.getByRole('button', { name: 'Open heron.png' }).waitFor()
  await fine('a conversation')
  await page.getByRole('button', { name: 'Open heron.png' }).press('Enter')
  await page.getByRole('dialog').getByRole('img').waitFor()
  await fine('a preview')
  await escape(page)
  await look(page, 'Files')
  await row(page, 'heron').waitFor()
  await fine('files')
  await row(page, 'heron').locator('.select-box').click()
  await page.getByText(/^1 selected/).waitFor()
  await fine('a selection')
  await page.keyboard.press('Escape')
  await page.getByRole('radio', { name: 'Gallery' }).click()
  await page.locator('.card').waitFor()
  await fine('the gallery')
  await look(page, 'People')
  await fine('people')
  await throughDialogs(page, fine)
})
