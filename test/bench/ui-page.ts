/**
 * Measures the page: run by Node with a filled storage, a bootstrap node and a file to send.
 * Prints a figure on each line, and `done`.
 */
import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'

import { launchBrowser } from '../app/browser.ts'
import { runMember } from '../app/programs.ts'
import { watchFrames, watchInteractions } from './ui-watch.ts'

const WIDTH = 1280
const HEIGHT = 800
const KEYS = 60
/** Between two keys of somebody who writes fast, in ms */
const PACE = 60

const TO_THE_TOP = `document.querySelector('.conversation').scrollTop = -1e9`
const HEIGHT_OF = `document.querySelector('.conversation').scrollHeight`

const [storage = '', bootstrap = '', moved = '', pieces = ''] = process.argv.slice(2)
const wanted = new Set(pieces.split(','))

function say(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name: `ui ${name}`, value, unit }))
}

const browser = await launchBrowser()
if (browser === null) throw new Error('There is no Chromium here: set CHROME_PATH')
const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } })
page.setDefaultTimeout(60_000)

const member = await runMember(bootstrap, storage)
await page.goto(member.url)
await page.getByRole('textbox', { name: /Message to/ }).waitFor()
await page.getByRole('row', { name: /Many files/ }).click()
await page.getByRole('heading', { name: 'Many files' }).waitFor()
await page.getByRole('log').getByRole('listitem').first().waitFor()

await tell('writing a message while all is read', () => writes())
await settled()
if (wanted.has('alone')) await doThings('alone')
if (wanted.has('talk')) await scrollTalk()
if (wanted.has('moving')) await doThingsWhileMoving()

await browser.close()
await member.program.stop()
rmSync(moved)
console.log(JSON.stringify({ done: true }))

async function doThingsWhileMoving(): Promise<void> {
  await goTo('Many files')
  await page.getByRole('tab', { name: 'Conversation' }).click()
  await settled()
  await page.locator('input[type=file]').first().setInputFiles(moved)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('complementary', { name: 'Transfers' }).waitFor()
  await doThings('while 1 GB is sent')
  const still = await page.getByRole('complementary', { name: 'Transfers' }).count()
  say('1 GB was still being sent at the end', still, 'of 1')
}

/** What a person does in a group with many files; each kind of thing by itself. */
async function doThings(when: string): Promise<void> {
  await page.getByRole('tab', { name: 'Conversation' }).click()
  await tell(`writing a message ${when}`, () => writes())
  await tell('going to the files ' + when, () => page.getByRole('tab', { name: /^Files/ }).click())
  await page.getByRole('grid', { name: 'Files' }).getByRole('row').nth(5).waitFor()
  await scroll(page, `files ${when}`, '.file-rows', 1)
  await page.getByRole('searchbox').click()
  await tell(`searching ${when}`, async () => {
    await type('harbour 12')
    for (let i = 0; i < 10; i++) await press('Backspace')
  })
  await tell(`selecting ${when}`, async () => {
    for (let i = 0; i < 10; i++) await page.locator('.file-row .select-box').nth(i).click()
  })
  await page.keyboard.press('Escape')
  await tell(`a menu ${when}`, async () => {
    for (let i = 0; i < 8; i++) {
      await page
        .getByRole('button', { name: /^Actions for/ })
        .nth(i)
        .click()
      await page.getByRole('menu').waitFor()
      await press('Escape')
      await page.getByRole('menu').waitFor({ state: 'detached' })
    }
  })
}

async function writes(): Promise<void> {
  const field = page.getByRole('textbox', { name: /Message to/ })
  await field.click()
  await type('The ferry leaves at nine tomorrow, and the last one is back by ')
  await field.fill('')
}

/** Until nothing more comes: what is measured then is what is done, and not the start. */
async function settled(): Promise<void> {
  await page.waitForTimeout(4000)
}

async function type(words: string): Promise<void> {
  for (const letter of words.slice(0, KEYS)) await press(letter === ' ' ? 'Space' : letter)
}

async function press(key: string): Promise<void> {
  await page.keyboard.press(key)
  await page.waitForTimeout(PACE)
}

async function goTo(group: string): Promise<void> {
  await page.getByRole('row', { name: new RegExp(group) }).click()
  await page.getByRole('heading', { name: group }).waitFor()
}

/** From the newest of ten thousand messages to the oldest, as far as it goes in the time. */
async function scrollTalk(): Promise<void> {
  await goTo('Much talk')
  await page
    .getByRole('log')
    .getByText(/of many/)
    .last()
    .waitFor()
  await settled()
  await scroll(page, 'messages', '.conversation', -1)
  const stop = await watchInteractions(page)
  // The way up is asked for anew as long as it leads to more
  for (let same = 0, height = 0; same < 6;) {
    await page.evaluate(TO_THE_TOP)
    await page.waitForTimeout(250)
    const now = await page.evaluate<number>(HEIGHT_OF)
    same = now === height ? same + 1 : 0
    height = now
  }
  const { longest } = await stop()
  say('fetching all messages, longest task', longest, 'ms')
  await scroll(page, 'all messages', '.conversation', 1, 2000)
  const drawn = await page.locator('.message').count()
  say('messages in the page after scrolling', drawn, '')
  say('messages known, by the room they take', await page.evaluate<number>(HEIGHT_OF), 'px')
}

async function scroll(
  page: Page,
  name: string,
  place: string,
  way: 1 | -1,
  step = 400
): Promise<void> {
  const box = await page.locator(place).boundingBox()
  if (box === null) throw new Error(`There is no ${place}`)
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const stop = await watchFrames(page)
  for (let i = 0; i < 90; i++) {
    await page.mouse.wheel(0, way * step)
    await page.waitForTimeout(30)
  }
  const { p95, most, slow, count, moved } = await stop(place)
  say(`scrolling ${name}, frame p95`, p95, 'ms')
  say(`scrolling ${name}, frame at most`, most, 'ms')
  say(`scrolling ${name}, frames over 50 ms`, (100 * slow) / count, '%')
  say(`scrolling ${name}, way`, moved, 'px')
}

async function tell(name: string, act: () => Promise<unknown>): Promise<void> {
  const stop = await watchInteractions(page)
  await act()
  await page.waitForTimeout(300)
  const { p50, p95, most, count, longest } = await stop()
  say(`${name}, times`, count, '')
  say(`${name}, p50`, p50, 'ms')
  say(`${name}, p95`, p95, 'ms')
  say(`${name}, at most`, most, 'ms')
  say(`${name}, longest task`, longest, 'ms')
}
