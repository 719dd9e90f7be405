/** The app for somebody who hears it: what is told, in which words, and where the focus is. */
import test from './page-test.ts'
import type { Locator, Page } from 'playwright-core'

import { throughDialogs } from './dialogs.ts'
import { addOne } from './files-page.ts'
import { escape, look, say } from './page.ts'
import { drawPng } from './picture-file.ts'
import { gathered, PATIENT } from './people.ts'
import { LISTEN, treeFaults } from './tree.ts'

const heard = (page: Page): Promise<string[]> => page.evaluate<string[]>('window.heard')

/** Lines of the tree below a place, without what is only how it is written. */
const tree = async (place: Locator): Promise<string[]> =>
  (await place.ariaSnapshot()).split('\n').map((line) => line.trim().replace(/^- /, ''))

/** Puts on the page what a screen must not have; and what is said of it. */
const FAULTY = `document.body.insertAdjacentHTML('beforeend', \`<div id='faulty'>
  <button></button><input type='checkbox'><img src='data:,' tabindex='0'>
  <h1>First</h1><h3>Third</h3>
  <div role='status'>Told <p role='alert'>twice</p></div>
</div>\`)`
const FAULTS = [
  'a nameless button',
  'a nameless checkbox',
  'a nameless image',
  'a heading of level 3 after one of 1',
  'a alert told by a status around it'
]

test('what others say is told once, and nothing of what only moves', PATIENT, async (t) => {
  const [mara, ivo] = (await gathered(t, ['Mara', 'Ivo'], 'Field notes'))?.people ?? []
  if (!mara || !ivo) return
  const { page } = mara
  await page.evaluate(LISTEN)
  await say(ivo.page, 'A heron at the weir')
  await page.locator('.heard').getByText('Ivo: A heron at the weir').waitFor()
  for (const words of ['Two now', 'And a kingfisher', 'Gone again']) await say(ivo.page, words)
  await page.locator('.heard').getByText('3 new messages').waitFor()
  await addOne(ivo.page, { name: 'heron.png', mimeType: 'image/png', buffer: drawPng(320, 200) })
  await page.locator('.heard').getByText('Ivo added 1 file').waitFor()
  await say(page, 'I am coming')
  await ivo.page.locator('.heard').getByText('Mara: I am coming').waitFor()
  const all = (await heard(page)).filter((words) => !/transfers|Safe|Connected/.test(words))
  t.alike(all, ['Ivo: A heron at the weir', '3 new messages', 'Ivo added 1 file'])

  await look(page, 'People')
  t.alike(await tree(page.getByRole('tabpanel')), [
    'tabpanel "People 2":',
    'heading "Members" [level=2]',
    'list "People":',
    'listitem:',
    'text: Mara You Online Creator',
    'button "Actions for Mara"',
    'listitem:',
    'text: Ivo Online Member',
    'button "Actions for Ivo"',
    'button "Invite people"'
  ])
  await ivo.page.close()
  await ivo.program.stop()
  await page.getByText(/^Last seen/).waitFor()
  t.pass('who is away was seen before')
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})

test(
  'every screen has names, and headings in order; the focus is never lost',
  PATIENT,
  async (t) => {
    const [mara] = (await gathered(t, ['Mara'], 'Field notes'))?.people ?? []
    if (!mara) return
    const { page } = mara
    const fine = async (screen: string): Promise<void> => {
      t.alike(await treeFaults(page), [], screen)
    }
    await fine('an empty conversation')
    await page.evaluate(FAULTY)
    t.alike(await treeFaults(page), FAULTS, 'and what is wrong would be found')
    await page.evaluate(`document.querySelector('#faulty').remove()`)
    await page.getByRole('button', { name: /^Add files Photos/ }).press('Enter')
    await page
      .getByRole('tab', { name: 'Files', selected: true })
      .and(page.locator(':focus'))
      .waitFor()
    t.pass('the button that led here is gone, and the focus is at the tab')
    await fine('no files')
    await addOne(page, { name: 'heron.png', mimeType: 'image/png', buffer: drawPng(320, 200) })
    await page.getByRole('button', { name: 'Open heron.png' }).waitFor()
    await fine('a picture in the conversation')
    await page.getByRole('button', { name: 'Open heron.png' }).press('Enter')
    await page.getByRole('dialog').getByRole('img').waitFor()
    await fine('a preview')
    await escape(page)
    await look(page, 'Files')
    await page.getByRole('row').filter({ hasText: 'heron' }).waitFor()
    await fine('files')
    await look(page, 'People')
    await fine('people')
    await throughDialogs(page, fine)
    for (const key of ['?', 'Control+k']) {
      await page.keyboard.press(key)
      await page.getByRole('dialog').waitFor()
      await fine(key === '?' ? 'the keys' : 'the palette')
      await escape(page)
    }
  }
)
