/** A conversation on the page: answers, reactions, names, and ten thousand messages. */
import { connect } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import type { Browser, Page } from 'playwright-core'
import type { Duplex } from 'streamx'

import { createClient } from '../../protocol/rpc/client.ts'
import { violations } from './axe.ts'
import { introduce, makeInvite, openBrowser, openPage, pasteInvite, picture, say } from './page.ts'
import { localDht, run, runMember, temporary } from './programs.ts'
import type { Test } from './programs.ts'

const NOBODY = '127.0.0.1:1'

async function person(t: Test, browser: Browser, bootstrap: string, name: string) {
  const member = await runMember(bootstrap, join(temporary(t), name))
  t.teardown(() => member.program.stop())
  return openPage(browser, member.url)
}

async function create(page: Page, name: string): Promise<void> {
  await page.getByLabel('Group name').fill(name)
  await page.getByRole('button', { name: 'Create group' }).click()
  await page.getByRole('heading', { name }).waitFor()
}

const field = (page: Page) => page.getByRole('textbox', { name: /Message to/ })
const message = (page: Page, words: string) =>
  page.getByRole('list', { name: 'Messages' }).getByRole('listitem').filter({ hasText: words })

test('answers, reactions, names, and what is new', { timeout: 180_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const bootstrap = await localDht(t)
  const mara = await person(t, browser, bootstrap, 'mara')
  await introduce(mara.page, 'Mara', 'Create a group')
  await create(mara.page, 'Field notes')
  await mara.page.getByRole('button', { name: /Invite somebody/ }).waitFor()
  await picture(mara.page, 'first-steps')
  t.alike(await violations(mara.page), [], 'an empty group')
  const ivo = await person(t, browser, bootstrap, 'ivo')
  await introduce(ivo.page, 'Ivo', 'I have an invite')
  const invite = await makeInvite(mara.page, { shown: 'invite-code' })
  await pasteInvite(ivo.page, invite)
  await ivo.page.getByRole('heading', { name: 'Field notes' }).waitFor()

  await say(mara.page, 'Who has seen the heron?')
  await ivo.page.getByText('Who has seen the heron?').waitFor()
  await message(ivo.page, 'heron').hover()
  await message(ivo.page, 'heron')
    .getByRole('button', { name: /^React/ })
    .click()
  await picture(ivo.page, 'reacting')
  await ivo.page.getByRole('button', { name: 'Heart' }).click()
  await mara.page.getByRole('button', { name: '❤️ 1 Ivo' }).click()
  await ivo.page.getByRole('button', { name: '❤️ 2 Ivo and Mara' }).click()
  await mara.page.getByRole('button', { name: '❤️ 1 Mara' }).waitFor()
  t.pass('a reaction is said, joined, and taken back')

  await message(ivo.page, 'heron')
    .getByRole('button', { name: /Actions for/ })
    .click()
  await ivo.page.getByRole('menuitem', { name: 'Reply' }).click()
  await ivo.page.getByText('Replying to Mara').waitFor()
  await ivo.page.locator('textarea#composer:focus').waitFor()
  await field(ivo.page).pressSequentially('At the weir, @ma')
  await ivo.page.getByRole('option', { name: 'Mara' }).waitFor()
  await picture(ivo.page, 'mention')
  t.alike(await violations(ivo.page), [], 'while a name is written')
  await field(ivo.page).press('Enter')
  t.is(await field(ivo.page).inputValue(), 'At the weir, @Mara ')
  await field(ivo.page).press('Enter')
  const answer = message(mara.page, 'At the weir,')
  await answer.locator('.mention.self', { hasText: '@Mara' }).waitFor()
  await answer.getByRole('button', { name: /^In answer to/ }).click()
  await mara.page.locator('li.message:focus', { hasText: 'heron' }).waitFor()
  t.pass('an answer leads to what it answers, and names are names')
  await picture(mara.page, 'answers')
  t.alike(await violations(mara.page), [], 'a conversation')

  await mara.page.getByRole('button', { name: 'New group' }).click()
  await create(mara.page, 'Choir')
  await say(ivo.page, 'There it is again')
  const row = mara.page.getByRole('row', { name: /Field notes/ })
  await row.getByText('New messages').waitFor({ state: 'attached' })
  await picture(mara.page, 'unread')
  await row.click()
  await mara.page.getByText('New', { exact: true }).waitFor()
  await row.getByText('New messages').waitFor({ state: 'detached' })
  t.pass('what is new is marked until it was seen')
  await mara.page.getByRole('tab', { name: 'Conversation' }).focus()
  await mara.page.keyboard.press('Alt+ArrowDown')
  await mara.page.getByRole('heading', { name: 'Choir' }).waitFor()
  await mara.page.evaluate(PASTE(`look: ${invite}`))
  await mara.page.getByRole('heading', { name: 'Join a group' }).waitFor()
  t.is(await mara.page.getByLabel('Invite', { exact: true }).inputValue(), invite)
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})

test('thousands of messages', { timeout: 240_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const storage = join(temporary(t), 'member')
  const member = await runMember(NOBODY, storage)
  t.teardown(() => member.program.stop())
  const { page, wrong } = await openPage(browser, member.url)
  await introduce(page, 'Mara', 'Create a group')
  await create(page, 'Field notes')
  const [, relayKey = ''] = /#\/([0-9a-f]{64})/.exec(page.url()) ?? []
  const client = createClient(connect(join(storage, 'worker.sock')) as unknown as Duplex)
  const COUNT = 1000
  for (let at = 0; at < COUNT; at += 50) {
    const posts = Array.from({ length: 50 }, (_, i) =>
      client.call('post', { relayKey, content: `Bird number ${at + i}`, kind: 9, files: [] })
    )
    await Promise.all(posts)
  }
  await client.close()
  await page.reload()
  await page.getByText(`Bird number ${COUNT - 1}`, { exact: true }).waitFor()
  for (let i = 0; i < 60; i++) {
    await page.evaluate(TO_THE_TOP)
    if ((await page.getByText('Bird number 0', { exact: true }).count()) > 0) break
    await page.waitForTimeout(200)
  }
  await page.getByText('Bird number 0', { exact: true }).waitFor()
  const drawn = await page.locator('li.message').count()
  t.ok(drawn < 400, `${drawn} of ${COUNT} are drawn`)
  const frames = await page.evaluate<number[]>(SCROLL)
  const slow = frames.filter((ms) => ms > 100).length
  t.comment(`${frames.length} frames, ${slow} above 100 ms, slowest ${Math.max(...frames)}`)
  const before = Date.now()
  await say(page, 'And a heron')
  await message(page, 'And a heron').waitFor()
  t.comment(`said after ${Date.now() - before} ms`)
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})

const PASTE = (text: string): string => `{
  const clipboardData = new DataTransfer()
  clipboardData.setData('text/plain', ${JSON.stringify(text)})
  document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
}`

const TO_THE_TOP = `{
  const place = document.querySelector('.conversation')
  place.scrollTo({ top: -place.scrollHeight })
}`

/** Milliseconds of each frame, while everything passes by. */
const SCROLL = `new Promise((done) => {
  const place = document.querySelector('.conversation')
  const times = []
  let last = performance.now()
  let at = -place.scrollHeight
  const step = (now) => {
    times.push(Math.round(now - last))
    last = now
    at += 300
    place.scrollTo({ top: Math.min(0, at) })
    if (at < 0) requestAnimationFrame(step)
    else done(times)
  }
  requestAnimationFrame(step)
})`

test('the worker dies, and nothing that was written is lost', { timeout: 120_000 }, async (t) => {
  const browser = await openBrowser(t)
  if (browser === null) return
  const storage = join(temporary(t), 'member')
  const flags = ['--storage', storage, '--bootstrap', NOBODY, '--no-open', '--local-port', '0']
  const program = await run('test/app/frail-main.js', flags, /^ready /)
  t.teardown(() => program.stop())
  const { page, wrong } = await openPage(browser, program.line.replace('ready ', ''))
  await introduce(page, 'Mara', 'Create a group')
  await create(page, 'Field notes')
  await say(page, 'Before it')
  await message(page, 'Before it').waitFor()
  await field(page).fill('What I was about to say')
  writeFileSync(join(storage, 'crash'), '')
  await page.getByText(/Lost the connection to the app/).waitFor()
  await message(page, 'Before it').waitFor()
  t.is(await field(page).inputValue(), 'What I was about to say', 'words stay')
  await picture(page, 'worker-gone')
  t.alike(await violations(page), [])
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText(/Lost the connection/).waitFor({ state: 'detached' })
  await page.getByText(/Waiting for the connection|Sending/).waitFor({ state: 'detached' })
  await message(page, 'What I was about to say').waitFor()
  t.is(await message(page, 'What I was about to say').count(), 1, 'sent once, by itself')
  t.alike(wrong, [], 'no page error, nothing the CSP refused')
})
