import test from 'brittle'
import { cleanText, cutUtf8, sanitizeName, sanitizePath, utf8Length } from '../../protocol/names.ts'

test('an ordinary name stays as it is', (t) => {
  const names = [
    'a',
    'photo.png',
    '.profile',
    'Grüße aus Zürich.txt',
    '读书会.pdf',
    '👩‍👩‍👧 us.jpg',
    'a  b',
    'x.'
  ]
  for (const name of names) t.is(sanitizeName(name), name)
})

test('a path is cut off', (t) => {
  t.is(sanitizeName('a/b/c.txt'), 'c.txt')
  t.is(sanitizeName('../../etc/passwd'), 'passwd')
  t.is(sanitizeName('C:\\Users\\x\\c.txt'), 'c.txt')
  t.is(sanitizeName('folder/'), 'folder')
  t.is(sanitizeName('/'), 'file')
  t.is(sanitizeName('a/..'), 'file')
})

test('what is left of nothing is called file', (t) => {
  for (const name of ['', '.', '..', ' ', '\u0000', '\u202e', '\n\t', '..\u0000', '/../', '\\']) {
    t.is(sanitizeName(name), 'file', JSON.stringify(name))
  }
})

test('control characters and those that turn the writing are taken out', (t) => {
  t.is(sanitizeName('a\u0000b\nc\u007fd\u009fe'), 'abcde')
  t.is(sanitizeName('photo\u202egnp.exe'), 'photognp.exe')
  t.is(sanitizeName('\u2066a\u2069\u200f\u061c\ufeff\u2028b'), 'ab')
  t.is(sanitizeName('.\u0000.'), 'file', 'and what they hid is seen after')
  t.is(sanitizeName(' a.txt '), 'a.txt')
  t.is(sanitizeName('a\ud800b'), 'a\ufffdb', 'half a pair is replaced')
})

test('a name has at most 255 bytes of UTF-8, and keeps its extension', (t) => {
  t.is(sanitizeName('x'.repeat(255)), 'x'.repeat(255))
  t.is(sanitizeName('é'.repeat(127)), 'é'.repeat(127))
  t.is(utf8Length(sanitizeName('é'.repeat(128))), 254, 'no character is cut in two')
  t.is(sanitizeName(`${'x'.repeat(300)}.tar`), `${'x'.repeat(251)}.tar`)
  t.is(sanitizeName(`${'😀'.repeat(100)}.png`), `${'😀'.repeat(62)}.png`)
  t.is(utf8Length(sanitizeName(`a.${'x'.repeat(300)}`)), 255, 'no extension is that long')
  t.is(utf8Length(sanitizeName(`.${'x'.repeat(300)}`)), 255)
  t.is(sanitizeName(`${'x'.repeat(254)} ${'y'.repeat(50)}`), 'x'.repeat(254))
})

test('a path stays below its folder', (t) => {
  t.is(sanitizePath('a/b/c.txt'), 'a/b/c.txt')
  t.is(sanitizePath('/a//b/'), 'a/b')
  t.is(sanitizePath('a\\b'), 'a/b')
  t.is(sanitizePath('../../a/../b'), 'a/b')
  t.is(sanitizePath('./a/./b'), 'a/b')
  t.is(sanitizePath('C:\\a'), 'a')
  t.is(sanitizePath('a/\u0000/.\u202e./b'), 'a/b')
  t.is(sanitizePath('a/c:x/b'), 'a/c:x/b')
  for (const path of ['', '/', '..', '../..', '.', '\u0000', 'C:']) {
    t.is(sanitizePath(path), null, path)
  }
})

test('a path has its bounds', (t) => {
  t.is(sanitizePath(Array(64).fill('a').join('/')), Array(64).fill('a').join('/'))
  t.is(sanitizePath(Array(65).fill('a').join('/')), null)
  t.is(sanitizePath('a/'.repeat(100_000)), null)
  t.is(sanitizePath(Array(5).fill('x'.repeat(250)).join('/')), null)
  t.ok(sanitizePath(Array(4).fill('x'.repeat(250)).join('/')))
  t.is(utf8Length(sanitizePath('é'.repeat(500)) ?? ''), 254, 'each part is cut like a name')
})

test('applying it again changes nothing', (t) => {
  const pieces = [
    'a',
    '/',
    '\\',
    '.',
    '..',
    ' ',
    'é',
    '😀',
    '\u202e',
    '\u0000',
    '\ud800',
    'x'.repeat(90)
  ]
  for (let i = 0; i < 5000; i++) {
    let name = ''
    for (let n = i; n > 0; n = Math.floor(n / pieces.length)) name += pieces[n % pieces.length]
    const once = sanitizeName(name)
    if (sanitizeName(once) !== once) t.fail(JSON.stringify(name))
    if (utf8Length(once) > 255 || once === '' || /[\\/]/.test(once)) t.fail(JSON.stringify(name))
    const path = sanitizePath(name)
    if (path !== null && sanitizePath(path) !== path) t.fail(JSON.stringify(name))
    if (path !== null && path.split('/').some((part) => part === '' || part === '..')) t.fail(name)
  }
  t.pass()
})

test('lengths are those of UTF-8', (t) => {
  for (const text of ['', 'a', 'é', '読', '😀', 'aé読😀', '\ud800']) {
    t.is(utf8Length(text), Buffer.byteLength(text), JSON.stringify(text))
  }
  t.is(cutUtf8('aé読😀', 3), 'aé')
  t.is(cutUtf8('aé読😀', 4), 'aé')
  t.is(cutUtf8('aé読😀', 10), 'aé読😀')
  t.is(cutUtf8('a', 0), '')
  t.is(cleanText(' a\nb '), 'ab')
})
