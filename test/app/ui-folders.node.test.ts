/** Folders on the page: in by a path, out, kept in step; and what is safe to leave alone. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from './page-test.ts'

import { violations } from './axe.ts'
import { addOne, holiday, row } from './files-page.ts'
import {
  choose,
  confirm,
  create,
  escape,
  introduce,
  look,
  makeInvite,
  pasteInvite,
  picture
} from './page.ts'
import { PATIENT, strangers } from './people.ts'
import { temporary } from './programs.ts'

/** Whether the page would let itself be closed without a word. */
const CLOSING = `dispatchEvent(new Event('beforeunload', { cancelable: true }))`

test('folders in, out and in step; and what is safe', PATIENT, async (t) => {
  const [mara, ivo] = (await strangers(t, 2))?.people ?? []
  if (!mara || !ivo) return
  const { page } = mara
  await introduce(page, 'Mara', 'Create a group')
  await create(page, 'Holidays')
  await look(page, 'Files')
  await addOne(page, { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('one') })
  await look(page, 'Files')

  const folder = holiday(t)
  await choose(page, 'Folders', 'Add or keep a folder by its path…')
  await page.getByRole('button', { name: 'Add folder' }).click()
  await page.getByText('Give the whole path of a folder.').waitFor()
  await page.getByLabel('Folder', { exact: true }).fill(folder)
  await page.getByLabel('Into the group’s folder').fill('Trips/Portugal')
  await picture(page, 'folder-path')
  t.alike(await violations(page), [], 'nothing wrong with the dialog')
  await page.getByRole('button', { name: 'Add folder' }).click()
  await row(page, 'Trips').getByText('9 files').waitFor()
  t.pass('a folder is added by its path')

  await page.getByRole('button', { name: /only here\. Details/ }).click()
  await page.getByText('You are the only member.').waitFor()
  await picture(page, 'safety')
  t.alike(await violations(page), [], 'nothing wrong with what is safe')
  await page
    .getByRole('button', { name: 'Increase Copies' })
    .or(page.locator('[slot=increment]'))
    .first()
    .click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('4 copies of each file wanted.').waitFor()
  await page.getByText('Those I ask for').click()
  await page.getByText('Files come when you ask for them.').waitFor()
  await escape(page)

  const out = join(temporary(t), 'out')
  await choose(page, 'Folders', 'Save all files into a folder…')
  await page.getByLabel('Folder on this computer').fill(out)
  await picture(page, 'export')
  t.alike(await violations(page), [], 'nothing wrong with saving into a folder')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('10 files were saved.').waitFor()
  t.alike(readdirSync(out).sort(), ['Trips', 'note.txt'])
  t.is(readFileSync(join(out, 'note.txt'), 'utf8'), 'one', 'files go out under their paths')

  await choose(page, 'Folders', 'Folders kept in step…')
  await page.getByRole('heading', { name: 'No folder is kept in step' }).waitFor()
  t.alike(await violations(page), [], 'nothing wrong without such folders')
  await page.getByRole('button', { name: 'Keep a folder in step…' }).click()
  await page.getByLabel('Folder', { exact: true }).fill(out)
  await page.getByRole('button', { name: 'Keep in step' }).click()
  await page.getByText('10 files in step').waitFor()
  await picture(page, 'linked-folders')
  t.alike(await violations(page), [], 'nothing wrong with linked folders')
  await page.getByRole('button', { name: 'Done' }).click()
  writeFileSync(join(out, 'Trips', 'Portugal', 'plan.txt'), 'Only trains')
  await row(page, 'Trips').click()
  await row(page, 'Portugal').click()
  await choose(page, 'Actions for plan.txt', 'Details')
  await page.getByRole('heading', { name: 'Versions' }).waitFor()
  t.is(await row(page, 'plan').count(), 1, 'an earlier version is no file of its own')
  await picture(page, 'versions')
  await choose(page, 'Folders', 'Folders kept in step…')
  await page.getByRole('button', { name: /^Stop keeping/ }).click()
  await confirm(page, 'Stop')
  await page.getByText('The folder is no longer kept in step.').waitFor()

  t.is(await page.evaluate(CLOSING), true, 'nobody else would miss what is only here')
  await introduce(ivo.page, 'Ivo', 'I have an invite')
  await pasteInvite(ivo.page, await makeInvite(page))
  await ivo.page.getByRole('heading', { name: 'Holidays' }).waitFor()
  await page.getByRole('button', { name: /^Safe to go offline/ }).waitFor()
  t.is(await page.evaluate(CLOSING), true, 'and the page may be closed')
  t.pass('with another member’s copies proved, it is safe')
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
