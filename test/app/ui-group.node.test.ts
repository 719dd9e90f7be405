/** A group's life on the page: who comes in, who decides, and how it ends. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import test from 'brittle'
import type { Browser, Page } from 'playwright-core'

import { introduce, makeInvite, openBrowser, openPage, pasteInvite, picture, say } from './page.ts'
import { drawPng } from './picture-file.ts'
import { localDht, runMember, temporary } from './programs.ts'
import type { Test } from './programs.ts'

interface Person {
  page: Page
  wrong: string[]
}

async function person(t: Test, browser: Browser, bootstrap: string, name: string): Promise<Person> {
  const member = await runMember(bootstrap, join(temporary(t), name))
  t.teardown(() => member.program.stop())
  return openPage(browser, member.url)
}

async function create(page: Page, name: string, access: string): Promise<void> {
  await page.getByLabel('Group name').fill(name)
  await page.getByText(access, { exact: true }).click()
  await page.getByRole('button', { name: 'Create group' }).click()
  await page.getByRole('heading', { name }).waitFor()
}

async function look(page: Page, tab: 'Conversation' | 'Files' | 'People'): Promise<void> {
  await page.getByRole('tab', { name: tab }).click()
}

async function choose(page: Page, menu: string | RegExp, item: string): Promise<void> {
  await page.getByRole('button', { name: menu }).last().click()
  await page.getByRole('menuitem', { name: item }).click()
}

const confirm = (page: Page, action: string): Promise<void> =>
  page.getByRole('alertdialog').getByRole('button', { name: action, exact: true }).click()

async function forget(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Remove from this device' }).click()
  await confirm(page, 'Remove from this device')
}

const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: name })

test(
  'a private group: in by invite and by approval, roles, pins, deletions, a removal',
  { timeout: 240_000 },
  async (t) => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const bootstrap = await localDht(t)
    const mara = await person(t, browser, bootstrap, 'mara')
    await introduce(mara.page, 'Mara', 'Create a group')
    await create(mara.page, 'Band demos', 'Private')
    await mara.page.getByText('Private group').first().waitFor()
    t.pass('a private group was made')

    const ivo = await person(t, browser, bootstrap, 'ivo')
    await introduce(ivo.page, 'Ivo', 'I have an invite')
    await pasteInvite(ivo.page, await makeInvite(mara.page))
    await ivo.page.getByRole('heading', { name: 'Band demos' }).waitFor()
    await say(mara.page, 'Take one')
    await mara.page
      .locator('input[type=file]')
      .first()
      .setInputFiles([
        { name: 'take-01.flac', mimeType: 'audio/flac', buffer: randomBytes(300_000) },
        { name: 'cover.png', mimeType: 'image/png', buffer: drawPng(960, 540) }
      ])
    await mara.page.getByRole('button', { name: 'Send', exact: true }).click()
    await ivo.page.getByText('Take one').waitFor()
    await look(ivo.page, 'Files')
    await ivo.page.getByText('On this device · 2').first().waitFor()
    await look(ivo.page, 'Conversation')
    await say(ivo.page, 'I hear a hum')
    await mara.page.getByText('I hear a hum').waitFor()
    await ivo.page.getByRole('img', { name: /cover\.png/ }).waitFor()
    t.pass('words and a file reach the other, and the picture opens')

    const sun = await person(t, browser, bootstrap, 'sun')
    await introduce(sun.page, 'Sunniva', 'I have an invite')
    await pasteInvite(sun.page, await makeInvite(mara.page, { asked: true, shown: 'invite-asks' }))
    await sun.page.getByRole('dialog').getByText('Waiting for an admin').waitFor()
    await look(mara.page, 'People')
    await mara.page.getByRole('button', { name: 'Approve Sunniva' }).waitFor()
    t.pass('who asks is shown by the name that they gave')
    await picture(mara.page, 'asking')
    await mara.page.getByRole('button', { name: 'Approve Sunniva' }).click()
    await sun.page.getByRole('heading', { name: 'Band demos' }).waitFor()
    await row(mara.page, 'Sunniva').waitFor()
    t.pass('who was asked about is in as soon as an admin approves')

    await choose(mara.page, 'Actions for Ivo', 'Make moderator')
    await look(ivo.page, 'People')
    await row(ivo.page, 'Ivo').getByText('Moderator').waitFor()
    t.pass('a role is seen by who has it')
    await picture(mara.page, 'roles')

    const key = randomBytes(32).toString('hex')
    const settings = (page: Page) => page.getByRole('button', { name: 'Group settings' }).click()
    const gateways = (page: Page) => page.locator('summary', { hasText: 'Gateways' })
    await settings(mara.page)
    await gateways(mara.page).click()
    await mara.page.getByText('A gateway sees the files that it carries.').waitFor()
    await mara.page.getByLabel('Gateway key').fill(key.slice(1))
    await mara.page.getByRole('button', { name: 'Add gateway' }).click()
    await mara.page.getByText('A gateway’s key has 64 characters').waitFor()
    await mara.page.getByLabel('Gateway key').fill(key)
    await mara.page.getByRole('button', { name: 'Add gateway' }).click()
    await mara.page.getByText(key, { exact: true }).waitFor()
    await picture(mara.page, 'gateways')
    await settings(ivo.page)
    await gateways(ivo.page).click()
    await ivo.page.getByText(key, { exact: true }).waitFor()
    t.is(await ivo.page.getByRole('button', { name: /^Remove gateway/ }).count(), 0)
    t.pass('members see which gateways an admin listed')
    await mara.page.getByRole('button', { name: /^Remove gateway/ }).click()
    await gateways(ivo.page).waitFor({ state: 'detached' })
    t.is(await mara.page.getByRole('radio').count(), 0, 'a private group stays private')
    for (const { page } of [mara, ivo]) await page.keyboard.press('Escape')

    await look(mara.page, 'Conversation')
    await choose(mara.page, /Actions for the message of Ivo/, 'Pin')
    await sun.page.getByRole('region', { name: 'Pinned messages' }).getByText('a hum').waitFor()
    t.pass('what is pinned is at the top of everybody’s conversation')
    await picture(mara.page, 'private')

    await say(sun.page, 'Buy my records')
    await look(ivo.page, 'Conversation')
    await ivo.page.getByText('Buy my records').waitFor()
    await choose(ivo.page, /Actions for the message of Sunniva/, 'Delete…')
    await confirm(ivo.page, 'Delete')
    await sun.page.getByText('Buy my records').waitFor({ state: 'detached' })
    t.pass('a moderator takes back what another wrote')

    await look(mara.page, 'People')
    await mara.page.getByRole('button', { name: 'Actions for Sunniva' }).click()
    await mara.page.getByRole('menuitem', { name: 'Remove from the group…' }).click()
    await confirm(mara.page, 'Remove')
    await row(mara.page, 'Sunniva').waitFor({ state: 'detached' })
    await look(mara.page, 'Conversation')
    await say(mara.page, 'Only us now')
    await ivo.page.getByText('Only us now').waitFor()
    await sun.page.getByText('You were removed from this group.').waitFor()
    t.is(await sun.page.getByText('Only us now').count(), 0, 'who was removed gets nothing new')

    await mara.page.getByRole('button', { name: 'Let Sunniva in again' }).click()
    const back = await makeInvite(mara.page)
    await sun.page.getByRole('button', { name: 'Join with an invite' }).click()
    await pasteInvite(sun.page, back)
    await sun.page.getByText('Only us now').waitFor()
    t.pass('until an admin lets them in again')
    const wrong = [mara, ivo, sun].flatMap((one) => one.wrong)
    t.alike(wrong, [], 'no page error, nothing the CSP refused')
  }
)

test(
  'a revoked invite, a removal, a leaving, and the end of a group',
  { timeout: 180_000 },
  async (t) => {
    const browser = await openBrowser(t)
    if (browser === null) return
    const bootstrap = await localDht(t)
    const mara = await person(t, browser, bootstrap, 'mara')
    await introduce(mara.page, 'Mara', 'Create a group')
    await create(mara.page, 'Field notes', 'Closed')
    const ivo = await person(t, browser, bootstrap, 'ivo')
    await introduce(ivo.page, 'Ivo', 'I have an invite')

    const revoked = await makeInvite(mara.page)
    await look(mara.page, 'People')
    await makeInvite(mara.page)
    const revokes = mara.page.getByRole('button', { name: /^Revoke invite/ })
    await revokes.nth(1).waitFor()
    for (let left = 2; left > 0; left--) {
      await revokes.first().click()
      await revokes.nth(left - 1).waitFor({ state: 'detached' })
    }
    await pasteInvite(ivo.page, revoked)
    await ivo.page
      .getByText(/revoked/)
      .first()
      .waitFor() // said as soon as a member answers
    const another = await makeInvite(mara.page)
    await ivo.page.getByRole('button', { name: 'Cancel' }).click()
    t.is(await row(mara.page, 'Mara').count(), 1)
    t.is(await mara.page.getByRole('list', { name: 'People' }).getByRole('listitem').count(), 1)
    t.pass('a revoked invite lets nobody in')
    await ivo.page.getByRole('button', { name: 'I have an invite' }).click()
    await pasteInvite(ivo.page, another)
    await ivo.page.getByRole('heading', { name: 'Field notes' }).waitFor()
    await row(mara.page, 'Ivo').waitFor()

    await mara.page.getByRole('button', { name: 'Group settings' }).click()
    await mara.page.getByLabel('Group name').fill('Field book')
    await mara.page.getByLabel('About').fill('Birds, mostly')
    await mara.page.getByText('Open', { exact: true }).click()
    await mara.page.getByText('any member’s device lets in whoever has an invite').waitFor()
    await picture(mara.page, 'settings')
    await mara.page.getByRole('button', { name: 'Save', exact: true }).click()
    await ivo.page.getByRole('heading', { name: 'Field book' }).waitFor()
    await ivo.page.getByText('Birds, mostly').waitFor()
    await ivo.page.getByText('Open group').first().waitFor()
    t.pass('a new name and description reach everybody, and that the group is open')

    await choose(mara.page, 'Actions for Ivo', 'Remove from the group…')
    await picture(mara.page, 'remove')
    await confirm(mara.page, 'Remove')
    await row(mara.page, 'Ivo').waitFor({ state: 'detached' })
    await ivo.page.getByText('You were removed from this group.').waitFor()
    t.is(await ivo.page.getByRole('textbox', { name: /Message to/ }).count(), 0)
    t.pass('who was removed is told, and writes no more')
    await picture(ivo.page, 'removed')
    await forget(ivo.page)
    await ivo.page.getByRole('heading', { name: 'Groups that keep their own things' }).waitFor()
    t.pass('and takes it off the device')

    await mara.page.getByRole('button', { name: 'New group' }).click()
    await create(mara.page, 'Choir', 'Closed')
    await look(mara.page, 'People')
    await ivo.page.getByRole('button', { name: 'I have an invite' }).click()
    await pasteInvite(ivo.page, await makeInvite(mara.page))
    await row(mara.page, 'Ivo').waitFor()
    await ivo.page.getByRole('button', { name: 'Group settings' }).click()
    await ivo.page.getByRole('button', { name: 'Leave the group…' }).click()
    await confirm(ivo.page, 'Leave')
    await ivo.page.getByText('You left this group.').waitFor()
    await row(mara.page, 'Ivo').waitFor({ state: 'detached' })
    t.pass('who leaves is gone from the others’ list')
    await forget(ivo.page)
    await ivo.page.getByRole('button', { name: 'I have an invite' }).click()
    await pasteInvite(ivo.page, await makeInvite(mara.page))
    await ivo.page.getByRole('heading', { name: 'Choir' }).waitFor()
    t.pass('and comes back by a new invite')

    await mara.page.getByRole('button', { name: 'Group settings' }).click()
    await mara.page.getByRole('button', { name: 'Delete the group…' }).click()
    const button = mara.page.getByRole('button', { name: 'Delete for everyone' })
    t.ok(await button.isDisabled(), 'not before its name was typed')
    await mara.page.getByLabel(/to confirm/).fill('Choir')
    await button.click()
    await ivo.page.getByText('This group was deleted by its creator.').waitFor()
    await mara.page.getByText('This group was deleted by its creator.').waitFor()
    t.pass('a deleted group says so everywhere')
    t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
  }
)

test('who asks has a name also after a restart', { timeout: 120_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const bootstrap = await localDht(t)
  const mara = await person(t, browser, bootstrap, 'mara')
  await introduce(mara.page, 'Mara', 'Create a group')
  await create(mara.page, 'Choir', 'Closed')
  const invite = await makeInvite(mara.page, { asked: true })
  await look(mara.page, 'People')

  const storage = join(temporary(t), 'ivo')
  const first = await runMember(bootstrap, storage)
  const before = await openPage(browser, first.url)
  await introduce(before.page, 'Ivo', 'I have an invite')
  await before.page.getByLabel('Invite', { exact: true }).waitFor()
  await before.page.close()
  await first.program.stop()
  const second = await runMember(bootstrap, storage)
  t.teardown(() => second.program.stop())
  const { page } = await openPage(browser, second.url)
  await page.getByRole('button', { name: 'I have an invite' }).click()
  await pasteInvite(page, invite)
  await mara.page.getByRole('button', { name: 'Approve Ivo' }).click()
  await row(mara.page, 'Ivo').waitFor()
  t.pass('the worker is told it anew')
})
