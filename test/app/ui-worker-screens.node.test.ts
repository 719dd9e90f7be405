/** The worker dies under every screen at once: each says so, keeps what it shows, and goes on. */
import type { Locator, Page } from 'playwright-core'

import { addOne, row } from './files-page.ts'
import { FRAIL, lost, takeWorker } from './frail.ts'
import { anotherPage, look } from './page.ts'
import test from './page-test.ts'
import { gathered, PATIENT, sessionOf } from './people.ts'
import { drawPng } from './picture-file.ts'

const WORDS = 'Half written'

interface Screen {
  name: string
  /** Whether what it shows is a field with words in it */
  written?: boolean
  open: (page: Page) => Promise<unknown>
  /** What it shows, before the worker dies, while it is away and afterwards */
  shows: (page: Page) => Locator
}

const press = (name: string | RegExp) => (page: Page) =>
  page.getByRole('button', { name }).first().click()
const section = (name: string) => async (page: Page) => {
  await press(/^Settings$/)(page)
  await page.getByRole('tab', { name }).click()
}
const filled = (label: string, button: RegExp) => async (page: Page) => {
  await press(button)(page)
  await page.getByLabel(label, { exact: true }).fill(WORDS)
}
const field = (label: string) => (page: Page) => page.getByLabel(label, { exact: true })

const SCREENS: Screen[] = [
  {
    name: 'the conversation',
    open: (page) => page.getByRole('textbox', { name: /Message to/ }).fill('About to be said'),
    shows: (page) => page.getByRole('button', { name: 'Open heron.png' })
  },
  { name: 'files', open: (page) => look(page, 'Files'), shows: (page) => row(page, 'heron') },
  {
    name: 'details of a file',
    async open(page) {
      await look(page, 'Files')
      await page.getByRole('button', { name: 'Actions for heron.png' }).click()
      await page.getByRole('menuitem', { name: 'Details' }).click()
    },
    shows: (page) => page.getByRole('complementary', { name: 'Details' }).getByText('image/png')
  },
  {
    name: 'people',
    open: (page) => look(page, 'People'),
    shows: (page) => page.getByRole('list', { name: 'People' }).getByText('Mara')
  },
  {
    name: 'a picture over the whole window',
    open: press('Open heron.png'),
    shows: (page) => page.getByRole('dialog').getByRole('img')
  },
  {
    name: 'a new group',
    open: filled('Group name', /^New group$/),
    shows: field('Group name'),
    written: true
  },
  {
    name: 'group settings',
    open: filled('About', /^Group settings$/),
    shows: field('About'),
    written: true
  },
  {
    name: 'what is safe',
    open: press(/Details$/),
    shows: (page) => page.getByRole('dialog').getByText('You are the only member.')
  },
  {
    name: 'storage',
    open: section('Storage'),
    shows: (page) => page.getByText(/used ·/)
  }
]

test('the worker dies under every screen, and all of them go on', PATIENT, async (t) => {
  const [mara] = (await gathered(t, ['Mara'], 'Field notes', 'closed', FRAIL))?.people ?? []
  if (!mara) return
  const { page, storage } = mara
  const [address = '', relayKey = ''] = /^.*#\/([0-9a-f]{64})/.exec(page.url()) ?? []
  await addOne(page, { name: 'heron.png', mimeType: 'image/png', buffer: drawPng(320, 200) })
  await page.getByRole('button', { name: 'Open heron.png' }).waitFor()
  const wrong: string[] = []
  const another = async (): Promise<Page> => {
    const own = await anotherPage(page.context(), wrong)
    await own.goto(address)
    return own
  }
  const pages: { screen: Screen; page: Page }[] = []
  for (const screen of SCREENS) {
    const own = await another()
    await screen.open(own)
    await screen.shows(own).waitFor()
    pages.push({ screen, page: own })
  }
  const invites = await another()
  await press(/^Invite$/)(invites)
  await invites.getByRole('button', { name: 'Make an invite' }).waitFor()

  const giveBack = takeWorker(storage)
  for (const one of pages) {
    await lost(one.page).waitFor()
    t.ok(await one.screen.shows(one.page).isVisible(), `says so, and keeps ${one.screen.name}`)
  }
  await invites.getByRole('button', { name: 'Make an invite' }).click()
  giveBack()
  for (const one of pages) {
    await lost(one.page).waitFor({ state: 'detached' })
  }
  await invites.getByLabel('Invite', { exact: true }).waitFor()
  t.pass('what was asked meanwhile is done')
  const session = await sessionOf(mara)
  await session.call('editGroup', { relayKey, name: 'Field book', about: '' })
  await session.close()
  for (const { screen, page: own } of pages) {
    await own.locator('.group-title').getByText('Field book').waitFor()
    t.ok(await screen.shows(own).isVisible(), `and goes on: ${screen.name}`)
    if (screen.written === true) t.is(await screen.shows(own).inputValue(), WORDS)
  }
  t.alike([...mara.wrong, ...wrong], [], 'no page error, nothing the CSP refused')
})
