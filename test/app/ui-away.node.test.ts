/** What happens to somebody who is not there, as the page tells it afterwards. */
import { join } from 'node:path'
import test from 'brittle'
import type { Browser, Page } from 'playwright-core'

import { introduce, makeInvite, openBrowser, openPage, pasteInvite, picture, say } from './page.ts'
import { localDht, runMember, temporary } from './programs.ts'
import type { Test } from './programs.ts'

/** A person whose program can be stopped and started again. */
class Person {
  page!: Page
  readonly wrong: string[] = []
  #stop: () => Promise<unknown> = async () => {}
  readonly #browser: Browser
  readonly #bootstrap: string
  readonly #storage: string

  constructor(t: Test, browser: Browser, bootstrap: string) {
    this.#browser = browser
    this.#bootstrap = bootstrap
    this.#storage = join(temporary(t), 'storage')
    t.teardown(() => this.leave())
  }

  async come(): Promise<void> {
    const { url, program } = await runMember(this.#bootstrap, this.#storage)
    const { page, wrong } = await openPage(this.#browser, url)
    this.page = page
    this.#stop = async () => {
      await page.close()
      await program.stop()
      this.wrong.push(...wrong)
    }
  }

  async leave(): Promise<void> {
    const stop = this.#stop
    this.#stop = async () => {}
    await stop()
  }
}

async function people(t: Test, browser: Browser): Promise<[Person, Person]> {
  const bootstrap = await localDht(t)
  const pair: [Person, Person] = [
    new Person(t, browser, bootstrap),
    new Person(t, browser, bootstrap)
  ]
  for (const one of pair) await one.come()
  const [mara, ivo] = pair
  await introduce(mara.page, 'Mara', 'Create a group')
  await mara.page.getByLabel('Group name').fill('Band demos')
  await mara.page.getByText('Private', { exact: true }).click()
  await mara.page.getByRole('button', { name: 'Create group' }).click()
  await mara.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  await introduce(ivo.page, 'Ivo', 'I have an invite')
  return pair
}

const field = (page: Page) => page.getByRole('textbox', { name: /Message to/ })
const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true })
const unknown = 'Those who are online do not know you as a member.'

test('removed from a private group while away, and back', { timeout: 120_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const [mara, ivo] = await people(t, browser)
  await pasteInvite(ivo.page, await makeInvite(mara.page))
  await ivo.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  await say(ivo.page, 'I hear a hum')
  await mara.page.getByText('I hear a hum').waitFor()
  await ivo.leave()
  await mara.page.getByRole('tab', { name: 'People' }).click()
  await mara.page.getByRole('button', { name: 'Actions for Ivo' }).click()
  await mara.page.getByRole('menuitem', { name: 'Remove from the group…' }).click()
  const ask = mara.page.getByRole('alertdialog')
  await ask.getByRole('button', { name: 'Remove', exact: true }).click()
  await ask.waitFor({ state: 'detached' })

  await ivo.come()
  await ivo.page.getByText(unknown).waitFor()
  await ivo.page.getByText('Not known to members').first().waitFor()
  await ivo.page.getByText('I hear a hum').waitFor()
  t.pass('what is here stays readable')
  await field(ivo.page).fill('Is anybody there?')
  await ivo.page.getByText('Your words would reach nobody now.').waitFor()
  t.ok(await send(ivo.page).isDisabled())
  await field(ivo.page).press('Enter')
  t.is(await field(ivo.page).inputValue(), 'Is anybody there?', 'nor by Enter')
  await picture(ivo.page, 'shut-out')
  await ivo.page.reload()
  await ivo.page.getByText(unknown).waitFor()
  t.is(await field(ivo.page).inputValue(), 'Is anybody there?', 'the draft is kept')

  await mara.page.getByRole('tab', { name: 'Conversation' }).click()
  await mara.page.getByRole('button', { name: 'Let Ivo in again' }).click()
  await mara.page.getByText('Mara let Ivo in again').waitFor()
  await ivo.page.getByText(unknown).waitFor({ state: 'detached' })
  t.pass('it goes when members know him again, and says what he missed')
  await ivo.page.getByText('An admin let you in again.').waitFor()
  await ivo.page.getByRole('button', { name: 'Join with an invite' }).click()
  await pasteInvite(ivo.page, await makeInvite(mara.page))
  await ivo.page.getByText('An admin let you in again.').waitFor({ state: 'detached' })
  t.is(await field(ivo.page).inputValue(), 'Is anybody there?')
  await send(ivo.page).click()
  await mara.page.getByText('Is anybody there?').waitFor()
  await say(mara.page, 'Welcome back')
  await ivo.page.getByText('Welcome back').waitFor()
  t.pass('back by a new invite, without opening the page anew')
  await picture(ivo.page, 'back')
  for (const one of [mara, ivo]) await one.leave()
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})

test('who waits for an admin may close the app meanwhile', { timeout: 120_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const [mara, ivo] = await people(t, browser)
  await pasteInvite(ivo.page, await makeInvite(mara.page, { asked: true }))
  await ivo.page.getByText('Waiting for an admin').first().waitFor()
  await mara.page.getByRole('tab', { name: 'People' }).click()
  await mara.page.getByRole('button', { name: 'Approve Ivo' }).waitFor()
  t.is(await mara.page.getByText('Just you so far').count(), 0, 'somebody is at the door')
  await picture(mara.page, 'at-the-door')
  await picture(ivo.page, 'asked')
  await ivo.page.getByRole('button', { name: 'Close and wait' }).click()
  const row = (page: Page) => page.getByRole('list', { name: 'Waiting to be let in' })
  await row(ivo.page).getByText('Band demos').waitFor()
  await picture(ivo.page, 'waiting')
  await ivo.leave()
  await ivo.come()
  await row(ivo.page).getByText('Waiting for an admin').waitFor()
  t.pass('it waits after a restart, without the invite')
  await mara.page.getByRole('button', { name: 'Approve Ivo' }).click()
  await ivo.page.getByRole('heading', { name: 'Band demos' }).waitFor()
  await ivo.page.getByText('Mara let Ivo in').waitFor()
  t.is(await ivo.page.getByText(/Ivo (joined|added a device)/).count(), 0, 'told once')
  t.is(await row(ivo.page).count(), 0)
  await picture(ivo.page, 'let-in')

  await ivo.page.getByRole('button', { name: 'Join with an invite' }).click()
  await mara.page.getByRole('button', { name: 'New group' }).click()
  await mara.page.getByLabel('Group name').fill('Choir')
  await mara.page.getByRole('button', { name: 'Create group' }).click()
  await mara.page.getByRole('heading', { name: 'Choir' }).waitFor()
  await pasteInvite(ivo.page, await makeInvite(mara.page, { asked: true }))
  await ivo.page.getByRole('button', { name: 'Close and wait' }).click()
  await ivo.page.getByRole('button', { name: 'Wait for Choir no longer' }).click()
  await row(ivo.page).waitFor({ state: 'detached' })
  t.pass('or one waits no longer')
  for (const one of [mara, ivo]) await one.leave()
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
