/** How much code the page is: all of it, and what the first screen waits for. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import test from 'brittle'

const KIB = 1024
const ALL = 350 * KIB
/** What comes with the first PDF, and never before: it is larger than all the rest. */
const OF_PDFS = /^pdf-/
const FIRST = 260 * KIB
/** Bytes of what is run before anything else is here */
const BEGIN = 8 * KIB

const ui = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'ui')

const sizeOf = (path: string): number => gzipSync(readFileSync(path)).byteLength

test('all code together is at most 350 KiB, compressed, without what reads PDFs', (t) => {
  const all = readdirSync(join(ui, 'assets')).filter((name) => name.endsWith('.js'))
  const scripts = all.filter((name) => !OF_PDFS.test(name))
  t.is(all.length - scripts.length, 2, 'what reads PDFs is in two parts of its own')
  t.ok(scripts.length > 5, 'it is in parts')
  const whole = scripts.reduce((sum, name) => sum + sizeOf(join(ui, 'assets', name)), 0)
  t.comment(`${(whole / KIB).toFixed(0)} KiB`)
  t.ok(whole <= ALL)
})

test('what asks to be let in does not wait for the rest, which comes with it', (t) => {
  const html = readFileSync(join(ui, 'index.html'), 'utf8')
  const [, begin = ''] = /<script type="module"[^>]* src="\.\/([^"]+)"/.exec(html) ?? []
  const text = readFileSync(join(ui, begin), 'utf8')
  t.ok(text.length < BEGIN, `${text.length} bytes`)
  t.ok(text.includes('/session') && text.includes('/rpc'))
  t.absent(/(?:^|;)import(?!\()/m.test(text), 'it imports nothing before it runs')
  const [, first = ''] = /import\(`\.\/([^`]+)`\)/.exec(text) ?? []
  t.ok(html.includes(`rel="modulepreload" crossorigin href="./assets/${first}"`), first)
  t.ok(/rel="preload" as="font"[^>]*inter-latin-wght/.test(html))
})

test('dialogs, previews and settings are not in what the first screen waits for', (t) => {
  const html = readFileSync(join(ui, 'index.html'), 'utf8')
  const first = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(
    ([, path]) => path
  )
  const whole = first.reduce((sum, path) => sum + sizeOf(join(ui, path ?? '')), 0)
  t.comment(`${(whole / KIB).toFixed(0)} KiB`)
  t.ok(first.length > 0 && whole <= FIRST)
  t.absent(
    first.some((path) => /pdf-/.test(path ?? '')),
    'nor what reads PDFs'
  )
  const text = first.map((path) => readFileSync(join(ui, path ?? ''), 'utf8')).join('')
  for (const part of ['preview-scrim', 'settings-panel', 'palette-place']) {
    t.absent(text.includes(`${part}"`) || text.includes(`\`${part}\``), part)
  }
})
