/** A long conversation on the page. */
import test from './page-test.ts'
import type { Page } from 'playwright-core'

import { say } from './page.ts'
import { gathered, PATIENT, sessionOf } from './people.ts'

const message = (page: Page, words: string) =>
  page.getByRole('list', { name: 'Messages' }).getByRole('listitem').filter({ hasText: words })

test('thousands of messages', PATIENT, async (t) => {
  const [mara] = (await gathered(t, ['Mara'], 'Field notes'))?.people ?? []
  if (!mara) return
  const { page, wrong } = mara
  const [, relayKey = ''] = /#\/([0-9a-f]{64})/.exec(page.url()) ?? []
  const client = await sessionOf(mara)
  const COUNT = 1000
  for (let at = 0; at < COUNT; at += 50) {
    const posts = Array.from({ length: 50 }, (_, i) =>
      client.call('post', { relayKey, content: `Bird number ${at + i}`, kind: 9, files: [] })
    )
    await Promise.all(posts)
  }
  await client.close()
  await page.reload()
  await page
    .getByRole('log')
    .getByText(`Bird number ${COUNT - 1}`, { exact: true })
    .waitFor()
  await page.evaluate(TO_THE_FIRST)
  await page.getByRole('log').getByText('Bird number 0', { exact: true }).waitFor()
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

/** Up, and up again when older messages have come, until the first of them is there. */
const TO_THE_FIRST = `new Promise((done) => {
  const place = document.querySelector('.conversation')
  const look = () => {
    place.scrollTo({ top: -place.scrollHeight })
    const shown = [...place.querySelectorAll('li.message')].map(({ textContent }) => textContent)
    if (shown.some((words) => /Bird number 0(?![0-9])/.test(words))) done()
    else requestAnimationFrame(look)
  }
  look()
})`

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
