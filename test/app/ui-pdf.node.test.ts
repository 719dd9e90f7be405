/** First pages of PDFs: made when one is added, seen by who has it and by who does not yet. */
import test from './page-test.ts'

import { addOne, row } from './files-page.ts'
import { look, picture } from './page.ts'
import { makePdf, RED_ABOVE } from './pdf-file.ts'
import { gathered, PATIENT, sessionOf } from './people.ts'

const pdf = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/pdf', buffer })

/** Of a picture: the share of it that is red above the middle, and that is dark below it. */
const COLOURS = `(image) => {
  const canvas = document.createElement('canvas')
  canvas.width = 60
  canvas.height = 80
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0, 60, 80)
  const count = (from, fits) => {
    const { data } = context.getImageData(0, from, 60, 40)
    let found = 0
    for (let i = 0; i < data.length; i += 4) if (fits(data[i], data[i + 1], data[i + 2])) found++
    return found / 2400
  }
  return {
    red: count(0, (r, g, b) => r > 200 && g < 80 && b < 80),
    dark: count(40, (r, g, b) => r < 120 && g < 120 && b < 120)
  }
}`

test('the first page of a PDF is its picture', PATIENT, async (t) => {
  const meeting = await gathered(t, ['Mara', 'Ivo'], 'Field notes')
  if (meeting === null) return
  const [mara, ivo] = meeting.people
  if (mara === undefined || ivo === undefined) return t.fail('somebody is missing')
  const relayKey = /[0-9a-f]{64}/.exec(ivo.page.url())?.[0] ?? ''
  const session = await sessionOf(ivo)
  await session.call('setKeep', { relayKey, keep: 'on-demand' })
  await session.close()
  const asked: string[] = []
  mara.page.on('request', (request) => asked.push(request.url()))

  const { page } = mara
  await addOne(page, { name: 'plain.txt', mimeType: 'text/plain', buffer: Buffer.from('words') })
  await page.getByRole('log').locator('.file-card', { hasText: 'plain' }).waitFor()
  t.absent(
    asked.some((url) => url.includes('/assets/pdf-')),
    'nobody brings what nobody needs'
  )

  await addOne(page, pdf('notes.pdf', makePdf(RED_ABOVE)))
  const card = page.getByRole('log').locator('.file-card', { hasText: 'notes' })
  const image = card.locator('img.thumb')
  await image.waitFor()
  const { red, dark } = await page.evaluate<{ red: number; dark: number }>(
    `(${COLOURS})(document.querySelector('.file-card img.thumb'))`
  )
  t.ok(red > 0.9, 'what is drawn on it is seen')
  t.ok(dark > 0.02, 'and what is written')
  await picture(page, 'pdf')
  const his = ivo.page.getByRole('log').locator('.file-card', { hasText: 'notes' })
  await his.locator('canvas.thumb').waitFor()
  t.is(await his.locator('img').count(), 0, 'who does not have it sees its colours')

  const hostile = [
    pdf('endless.pdf', makePdf(RED_ABOVE, [1e12, 1e12])),
    pdf('broken.pdf', makePdf(RED_ABOVE).subarray(0, 200)),
    pdf('none.pdf', Buffer.from('<script>alert(1)</script>'))
  ]
  for (const file of hostile) {
    await addOne(page, file)
    await page
      .getByRole('log')
      .locator('.file-card', { hasText: file.name.slice(0, 6) })
      .waitFor()
  }
  await look(page, 'Files')
  await row(page, 'notes').locator('img.thumb').waitFor()
  for (const name of ['broken', 'none']) {
    await row(page, name).getByText('On this device').waitFor()
    await row(page, name).locator('.thumb.kind').waitFor()
  }
  t.pass('what cannot be drawn goes in all the same, with the icon of its kind')
  t.alike([...mara.wrong, ...ivo.wrong], [], 'no page error, nothing the CSP refused')
})
