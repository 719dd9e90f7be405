/** What members may call themselves, write and bring: it is shown, and does nothing. */
import test from './page-test.ts'

import { violations } from './axe.ts'
import { preview, row } from './files-page.ts'
import { escape, look } from './page.ts'
import { gathered, PATIENT, sessionOf } from './people.ts'

const RUN = 'document.title="taken"'
const MARKUP = `<img src="/x" onerror='${RUN}'><svg onload='${RUN}'></svg>`
const OVERRIDE = '\u202e'
const WORDS = [
  MARKUP,
  `<script>${RUN}</script>`,
  `[press](javascript:${RUN}) javascript:${RUN} data:text/html,<script>${RUN}</script>`,
  'x'.repeat(20_000),
  `${OVERRIDE}backwards${OVERRIDE}`.repeat(20),
  'Z\u0327\u0321\u0353'.padEnd(4000, '\u0301'),
  `nostr:npub1${'q'.repeat(200)} nostr:nevent1`,
  `https://example.org/${'%00'.repeat(500)}"onmouseover="${RUN}`
]

/** A picture that says it is as large as no memory, and has nothing of it. */
function bomb(): Buffer {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  const size = Buffer.from('0000ea600000ea600802000000', 'hex')
  return Buffer.concat([head, size, Buffer.alloc(64)])
}

const FILES = [
  { name: `${MARKUP.replaceAll('/', '|')}.png`, mimeType: 'image/png', buffer: bomb() },
  { name: `${OVERRIDE}gnp.exe`, mimeType: 'text/html', buffer: Buffer.from(WORDS[1] ?? '') },
  { name: '../../../../etc/passwd', mimeType: 'image/svg+xml', buffer: Buffer.from(MARKUP) },
  { name: `${'long '.repeat(40)}.pdf`, mimeType: 'application/pdf', buffer: Buffer.from('%PDF-') }
]

/** What was made out of somebody's words, and what lies beyond the window. */
const FOUND = `[...document.querySelectorAll('body *')].flatMap((place) => {
  const own = [...place.attributes].filter(({ name }) => /^on/.test(name)).map(({ name }) => name)
  if (place.matches('script, iframe, object, embed, a[href^="javascript:"], a[href^="data:"]')) {
    own.push(place.tagName)
  }
  return own
}).concat(document.documentElement.scrollWidth > innerWidth ? ['wider than the window'] : [])`

test('names, words and files that would like to be a program', PATIENT, async (t) => {
  const meeting = await gathered(t, [`${MARKUP}${OVERRIDE}`, 'Ivo'], 'Field <b>notes</b>')
  const [mara, ivo] = meeting?.people ?? []
  if (!mara || !ivo) return
  const { page } = ivo
  const [, relayKey = ''] = /#\/([0-9a-f]{64})/.exec(page.url()) ?? []
  const session = await sessionOf(mara)
  for (const content of WORDS) {
    await session.call('post', { relayKey, content, kind: 9, files: [] })
  }
  await session.call('post', { relayKey, content: 'And that was all', kind: 9, files: [] })
  await session.close()
  await page.getByRole('log').getByText('And that was all').waitFor()
  t.alike(await page.evaluate<string[]>(FOUND), [], 'words stay words')
  t.alike(await violations(page), [], 'nothing wrong for who hears them')

  await mara.page.locator('input[type=file]').first().setInputFiles(FILES)
  await mara.page.getByText(`${FILES.length} files to send`).waitFor()
  await mara.page.getByRole('button', { name: 'Send', exact: true }).click()
  await look(page, 'Files')
  await page.getByRole('tab', { name: `Files ${FILES.length}` }).waitFor()
  await row(page, 'passwd').getByText('On this device').waitFor()
  t.alike(await page.evaluate<string[]>(FOUND), [], 'and names stay names')
  await row(page, 'passwd').click()
  await preview(page, 'passwd').waitFor()
  t.alike(await page.evaluate<string[]>(FOUND), [])
  await escape(page)
  await look(page, 'People')
  t.alike(await page.evaluate<string[]>(FOUND), [], 'of people too')
  for (const one of [mara, ivo]) {
    t.is(await one.page.title(), 'Hypertuna')
    t.alike(one.wrong, [], 'no page error, nothing the CSP refused')
  }
})
