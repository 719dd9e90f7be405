import test from 'brittle'
import { explain } from '../../app/ui/error-words.ts'
import type { ConversationEvent } from '../../protocol/rpc/generated/types.ts'
import { formatPercent, formatSize, plural, sameDay } from '../../app/ui/format.ts'
import { findInvite } from '../../app/ui/intake/invite-text.ts'
import { findLinks, plainName, plainWords, splitName, startOf } from '../../app/ui/plain-text.ts'
import { isSame, mergeLines } from '../../app/ui/screens/lines.ts'

test('a name cannot turn itself around or break its line', (t) => {
  t.is(plainName('report \u202Egpj.exe'), 'report gpj.exe', 'an override is taken out')
  t.is(plainName('\u2066a\u2069\u200Fb\u061Cc'), 'abc', 'isolates and marks too')
  t.is(plainName('two\nlines\u0000'), 'two lines', 'controls become spaces')
  t.is(plainName('x'.repeat(5000)).length, 300, 'and it has an end')
})

test('words keep their line breaks and lose what reorders them', (t) => {
  t.is(plainWords('one\n\ttwo \u202Ethree\u0007'), 'one\n\ttwo three')
})

test('only web addresses become links, without the marks of their sentence', (t) => {
  const hrefs = (words: string) => findLinks(words).flatMap(({ href }) => href ?? [])
  t.alike(hrefs('see https://a.example/x, then http://b.example.'), [
    'https://a.example/x',
    'http://b.example/'
  ])
  t.alike(hrefs('(https://a.example/x)'), ['https://a.example/x'])
  t.alike(hrefs('https://a.example/Moss_(plant)'), ['https://a.example/Moss_(plant)'])
  t.alike(hrefs('javascript:alert(1) data:text/html,x file:///etc ftp://a.example'), [])
  t.alike(hrefs('https://'), [], 'an address needs a host')
})

test('links and the text around them are the whole text again', (t) => {
  const words = 'a https://a.example/?q=1#x b <b>c</b> http://b.example, d'
  const pieces = findLinks(words)
  t.is(pieces.map(({ text }) => text).join(''), words)
})

test('a shortened name keeps its extension', (t) => {
  t.alike(splitName('notes.final.pdf'), { stem: 'notes.final', extension: '.pdf' })
  t.alike(splitName('.profile'), { stem: '.profile', extension: '' })
  t.alike(splitName('a.notanextension'), { stem: 'a.notanextension', extension: '' })
})

test('figures say no more than is so', (t) => {
  t.is(formatPercent(999, 1000), formatPercent(99, 100), 'not whole before it is')
  t.is(formatPercent(0, 0), formatPercent(1, 1), 'nothing is whole at once')
  t.ok(formatSize(1_400_000).startsWith('1'), 'megabytes have one digit after the point')
  t.ok(/999/.test(formatSize(999)), 'bytes are counted')
  t.is(plural(1, 'file', 'files'), '1 file')
  t.is(plural(0, 'file', 'files'), '0 files')
  t.ok(sameDay(1_700_000_000, 1_700_000_001))
})

test('an invite is found inside whatever was pasted', (t) => {
  const invite = `hypertuna://join/${'y'.repeat(64)}`
  t.is(findInvite(invite), invite)
  t.is(findInvite(`Hi! Join us:\n<${invite}>, see you`), invite, 'with words and marks around it')
  t.is(findInvite(`${invite} and more`), invite)
  t.is(findInvite(`https://a.example/join/${'y'.repeat(64)}`), null)
  t.is(findInvite('hypertuna://join/'), null)
  t.is(findInvite('x'.repeat(200_000) + invite), null, 'endless text is not searched')
})

test('long words are shown by their start', (t) => {
  t.is(startOf('short'), null)
  t.is(startOf('word '.repeat(240).trim()), null, 'a little too much is shown whole')
  const start = startOf('word '.repeat(2000)) ?? ''
  t.ok(start.length <= 1000 && start.endsWith('word'), 'cut between words')
  t.is(startOf('a\n'.repeat(100))?.split('\n').length, 12, 'lines count too')
  t.ok(startOf('\u{1F41F}'.repeat(3000))?.isWellFormed(), 'no half characters')
})

test('what did not get out stands where it was written', (t) => {
  const event = (id: string, createdAt: number) =>
    ({ id, createdAt, pubkey: 'me', content: id, files: [] }) as unknown as ConversationEvent
  const item = (id: string, createdAt: number, phase: string, restored = false) => ({
    id,
    createdAt,
    phase,
    restored,
    content: id,
    files: []
  })
  const lines = mergeLines(
    [event('a', 10), event('b', 20), event('c', 90)],
    [item('stuck', 15, 'failed'), item('moving', 30, 'sending')]
  )
  t.alike(
    lines.map(({ key }) => key),
    ['a', 'stuck', 'b', 'c', 'moving'],
    'and what is on its way comes last'
  )
  t.ok(isSame(event('a', 10), item('a', 9, 'failed', true), 'me'), 'it had been sent after all')
  t.absent(isSame(event('a', 10), item('a', 9, 'failed'), 'me'), 'a second of the same is no copy')
  t.absent(isSame(event('a', 10), item('a', 11, 'failed', true), 'me'), 'nor is an earlier one')
})

test('a full disk is told with its figures, where they came', (t) => {
  const figures = { free: 5_000_000, needed: 25_000_000 }
  const words = explain({ code: 'STORAGE_FULL', message: 'm', details: figures })
  t.ok(/5 MB free.*takes 25 MB.*at least 20 MB/.test(words), words)
  t.is(explain({ code: 'STORAGE_FULL', message: 'm', details: JSON.stringify(figures) }), words)
  t.is(explain({ code: 'STORAGE_FULL', message: 'm', details: null }), 'm.', 'as a sentence')
  t.is(explain({ code: 'STORAGE_FULL' }), 'The disk is full. Free some space, then try again.')
})
