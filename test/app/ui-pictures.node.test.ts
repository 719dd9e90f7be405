/** How pictures look before they are here, what nobody decodes, and files taken by their paths. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from './page-test.ts'

import { addOne, holiday, preview, row } from './files-page.ts'
import { anotherPage, look, picture } from './page.ts'
import { gathered, PATIENT, sessionOf } from './people.ts'
import { drawPng } from './picture-file.ts'
import { temporary } from './programs.ts'

const png = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/png', buffer })

/** A picture that says to be of 900 million points, in a few bytes. */
function bomb(): Buffer {
  const small = drawPng(8, 8)
  small.writeUInt32BE(30_000, 16)
  small.writeUInt32BE(30_000, 20)
  return small
}

/**
 * What a window of our own gives its page, over the socket that a browser's page has: paths of
 * files by their names, and a count of what went through.
 */
const WINDOW = `
  window.sentToTheWorker = 0
  window.hypertuna = {
    openSession() {
      const { port1, port2 } = new MessageChannel()
      const socket = new WebSocket(location.origin.replace('http', 'ws') + '/rpc')
      socket.binaryType = 'arraybuffer'
      socket.onopen = () => postMessage('hypertuna-session', location.origin, [port2])
      socket.onclose = () => port1.postMessage(null)
      socket.onmessage = ({ data }) => port1.postMessage(new Uint8Array(data))
      port1.onmessage = ({ data }) => {
        if (data === null) return socket.close()
        if (typeof data === 'number') return
        window.sentToTheWorker += data.byteLength
        socket.send(data)
        port1.postMessage(data.byteLength)
      }
    },
    async call(name, value) {
      const write = { method: 'PUT', body: JSON.stringify(value) }
      const headers = { 'Content-Type': 'application/json' }
      const init = name === 'write-config' ? { ...write, headers } : undefined
      return { value: await (await fetch('/user-config', init)).json() }
    },
    onevent() {},
    pathOf: ({ name }) => PLACE + name
  }`

test('pictures before they are here, and files by their paths', PATIENT, async (t) => {
  const meeting = await gathered(t, ['Mara', 'Ivo'], 'Holidays')
  if (meeting === null) return
  const [mara, ivo] = meeting.people
  if (mara === undefined || ivo === undefined) return t.fail('somebody is missing')
  const { page } = mara
  const his = ivo.page
  const relayKey = /[0-9a-f]{64}/.exec(his.url())?.[0] ?? ''
  const session = await sessionOf(ivo)
  await session.call('setKeep', { relayKey, keep: 'on-demand' })
  await session.close()

  await addOne(page, png('cover.png', drawPng(1600, 900)))
  const card = his.getByRole('log').locator('.file-card').filter({ hasText: 'cover' })
  await card.locator('.clouds canvas').waitFor()
  const drawn = await card.locator('canvas').evaluate((canvas: object) => {
    const { width, height } = canvas as { width: number; height: number }
    return width / height
  })
  t.ok(Math.abs(drawn - 16 / 9) < 0.3, 'he sees the picture’s clouds in its shape')
  t.is(await card.locator('img').count(), 0, 'though he does not have it')
  await picture(his, 'clouds')
  await look(his, 'Files')
  await row(his, 'cover').locator('canvas.thumb').waitFor()
  t.pass('and in the list, whose feed does not tell of it')
  await row(his, 'cover').hover()
  await row(his, 'cover').getByRole('button', { name: 'Get cover.png' }).click()
  await row(his, 'cover').locator('img.thumb').waitFor()
  await look(his, 'Conversation')
  await card.getByRole('img').waitFor()
  t.pass('what he asked for is seen as it is')

  for (const file of [png('huge.png', bomb()), png('broken.png', Buffer.from('no picture'))]) {
    await addOne(page, file)
    await page
      .getByRole('log')
      .locator('.file-card')
      .filter({ hasText: file.name.slice(0, 4) })
      .waitFor()
  }
  await look(page, 'Files')
  await row(page, 'huge').getByText('On this device').waitFor()
  await row(page, 'broken').getByText('On this device').waitFor()
  t.is(await page.locator('.file-row img').count(), 1, 'what cannot be shown goes in all the same')
  await row(page, 'huge').click()
  await preview(page, 'huge.png')
    .getByText(/too large to show here/)
    .waitFor()
  t.is(await preview(page, 'huge.png').locator('img').count(), 0, 'and is decoded by nobody')
  await page.keyboard.press('Escape')

  const place = temporary(t)
  const whole = Buffer.alloc(6_000_000, 'film ')
  writeFileSync(join(place, 'long.bin'), whole)
  const window = await anotherPage(page.context(), ivo.wrong)
  await window.addInitScript(WINDOW.replace('PLACE', JSON.stringify(place + '/')))
  await window.goto(page.url())
  await look(window, 'Conversation')
  await window.getByRole('textbox', { name: /Message to/ }).waitFor()
  await window.locator('input[type=file]').first().setInputFiles(join(place, 'long.bin'))
  await window.getByRole('button', { name: 'Send', exact: true }).click()
  const sent = window.getByRole('log').locator('.file-card').filter({ hasText: 'long' })
  await sent.getByText('On this device').waitFor()
  const through = await window.evaluate<number>('window.sentToTheWorker')
  t.ok(through < 100_000, `of ${whole.byteLength} bytes ${through} came through the page`)

  await window.close()
  await page.bringToFront()
  await look(page, 'Files')
  await page.locator('input[type=file][webkitdirectory]').setInputFiles(holiday(t))
  await page.getByRole('button', { name: 'Add 9 files' }).click()
  await page.getByText('Holiday: 9 files were added.').waitFor()
  await look(his, 'Conversation')
  const album = his.locator('.album')
  await album.getByText('9 files').waitFor()
  await picture(his, 'album')
  t.is(await album.locator('.album-picture').count(), 8, 'a folder is one line in the conversation')
  await album.getByRole('button', { name: 'Show each file' }).click()
  await his.getByRole('log').locator('.file-card').filter({ hasText: 'IMG_0104' }).waitFor()
  await album.getByRole('button', { name: 'Open the folder' }).click()
  await row(his, 'Lisbon').waitFor()
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
