/** A folder of photos comes to a group: one line, one notification. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { poll } from '../poll.ts'
import test from './page-test.ts'
import { say } from './page.ts'
import { drawPng } from './picture-file.ts'
import { gathered, PATIENT, sessionOf } from './people.ts'
import { temporary } from './programs.ts'

/** More than a page of the conversation */
const PHOTOS = 150

/** In the page, before its own code: nobody looks at it, and it may notify. */
const UNSEEN = `{
  Object.defineProperty(document, 'hidden', { get: () => true })
  localStorage.setItem('hypertuna.notify', 'on')
  window.told = []
  window.Notification = class {
    static permission = 'granted'
    constructor(title, { body, tag }) {
      told.push({ title, body, tag })
    }
  }
}`

interface Told {
  title: string
  body: string
  tag: string
}

test('a folder of photos is one line and one notification', PATIENT, async (t) => {
  const [mara, ivo] = (await gathered(t, ['Mara', 'Ivo'], 'Field notes'))?.people ?? []
  if (!mara || !ivo) return
  const folder = join(temporary(t), 'Holiday')
  mkdirSync(folder)
  for (let i = 0; i < PHOTOS; i++) {
    writeFileSync(join(folder, `IMG_${1000 + i}.png`), drawPng(32 + i, 24))
  }
  await ivo.page.addInitScript(UNSEEN)
  await ivo.page.reload()
  await say(mara.page, 'Photos are coming')
  await ivo.page.getByRole('log').getByText('Photos are coming').waitFor()
  const [, relayKey = ''] = /#\/([0-9a-f]{64})/.exec(mara.page.url()) ?? []
  const hers = await sessionOf(mara)
  await hers.call('importFolder', { relayKey, folder, prefix: 'Holiday' })
  await hers.close()

  const groups = ivo.page.locator('.group-item-words')
  await groups.getByText(`${PHOTOS} photos`).waitFor()
  t.ok((await groups.textContent())?.includes('Mara'), 'the list of groups tells how many')
  const words = ivo.page.locator('.album-words')
  await words.getByText(`${PHOTOS} files`).waitFor()
  t.is(await words.count(), 1, 'the conversation has one line of them')
  const notified = () => ivo.page.evaluate<Told[]>('told')
  await poll(async () => (await notified()).at(-1)?.body === `Mara: ${PHOTOS} photos`, 50)
  const told = await notified()
  t.is(new Set(told.map(({ tag }) => tag)).size, 1, 'one notification, which takes its own place')
  t.ok(told.length < 10, `and few times: ${told.length}`)

  for (const { page } of [mara, ivo]) {
    await page.reload()
    await page.locator('.album-words').getByText(`${PHOTOS} files`).waitFor()
    t.ok(await page.getByRole('log').getByText('Photos are coming').isVisible())
  }
  t.pass('also for who comes later, who is given a page of messages at first')
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
