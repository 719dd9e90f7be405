import test from 'brittle'
import { formatPercent, formatSize, plural, sameDay } from '../../app/ui/format.ts'
import { looksLikeInvite } from '../../app/ui/intake/invite-text.ts'
import { findLinks, plainName, plainWords, splitName } from '../../app/ui/plain-text.ts'

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

test('a pasted text is an invite only if it is one', (t) => {
  t.ok(looksLikeInvite(`hypertuna://join/${'y'.repeat(64)}`))
  t.absent(looksLikeInvite(`https://a.example/join/${'y'.repeat(64)}`))
  t.absent(looksLikeInvite(`hypertuna://join/${'y'.repeat(64)} and more`))
  t.absent(looksLikeInvite('hypertuna://join/'))
})
