/** Paths of records, made fit for any file system. */
import test from 'brittle'

import { utf8Length } from '../../protocol/names.ts'
import { IgnoreRules } from '../../worker/files/folders/ignore-rules.ts'
import {
  Paths,
  conflictPath,
  foldPath,
  isOurs,
  localName,
  localPath,
  withNote
} from '../../worker/files/folders/names.ts'
import b4a from 'b4a'

test('names that mean something to some system become plain ones', (t) => {
  const names: [string, string][] = [
    ['plain.txt', 'plain.txt'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['Nul .tar.gz', '_Nul .tar.gz'],
    ['COM1', '_COM1'],
    ['com¹.log', '_com¹.log'],
    ['LPT9.', 'LPT9_'],
    ['CONIN$', '_CONIN$'],
    ['console', 'console'],
    ['dots...', 'dots___'],
    ['space ', 'space'],
    ['a\0b', 'a_b'],
    ['a\\b', 'a_b'],
    ['c:evil', 'c_evil'],
    ['x<y>|"?*', 'x_y_____'],
    ['new\nline', 'new_line'],
    ['..', '__'],
    ['.', '_'],
    ['.hidden', '.hidden'],
    ['e\u0301', '\u00e9'],
    ['\ud800', '\ufffd'],
    ['👩‍👩‍👧 family.png', '👩‍👩‍👧 family.png']
  ]
  for (const [name, safe] of names) {
    t.is(localName(name), safe, JSON.stringify(name))
    t.is(localName(safe), safe, 'and stays so')
  }
})

test('names and paths are bounded', (t) => {
  t.ok(utf8Length(localName('ü'.repeat(400))) <= 255)
  t.ok(utf8Length(localName('CON.' + 'x'.repeat(400))) <= 255)
  t.is(localPath('a/'.repeat(65) + 'b'), null, 'too deep')
  t.is(localPath(`${'x'.repeat(250)}/`.repeat(5) + 'b'), null, 'too long')
  t.is(localPath('a//b/./../c'), 'a/b/_/__/c')
  const long = withNote('d/' + 'x'.repeat(251) + '.txt', 'a note')
  t.ok(long.endsWith(' (a note).txt') && utf8Length(long.slice(2)) <= 255)
})

test('two paths that are one file on some disk are told apart', (t) => {
  const paths = new Paths()
  for (const path of [
    'Docs/a.txt',
    'docs/A.TXT',
    'caf\u00e9',
    'cafe\u0301',
    'x',
    'x/y',
    'stra\u00dfe',
    'STRASSE',
    'gi\u200ct'
  ]) {
    paths.expect(path)
  }
  t.is(paths.take('Docs/a.txt', '1'), 'Docs/a.txt')
  t.is(paths.take('docs/A.TXT', '1'), 'Docs/A (1).TXT', 'in the same folder')
  t.is(paths.take('caf\u00e9', '1'), 'caf\u00e9')
  t.is(paths.take('cafe\u0301', '1'), 'cafe\u0301 (1)')
  t.is(paths.take('x', '1'), 'x (1)', 'a folder has the name')
  t.is(paths.take('x/y', '1'), 'x/y')
  t.is(paths.take('stra\u00dfe', '1'), 'stra\u00dfe')
  t.is(paths.take('STRASSE', '1'), 'STRASSE (1)')
  t.is(foldPath('.gi\u200ct'), '.git')
})

test('a conflict copy says whose and when, whatever a member is called', (t) => {
  t.is(conflictPath('a/b.txt', 'Ivo', 1_700_000_000), 'a/b (conflict from Ivo 2023-11-14).txt')
  const hostile = conflictPath('b.txt', '../../x)\u0000' + 'y'.repeat(300), Number.MAX_SAFE_INTEGER)
  t.absent(hostile.includes('/'))
  t.ok(utf8Length(hostile) <= 255)
})

test('what is ours, and what programs run, is never written or published', (t) => {
  const rules = new IgnoreRules(b4a.from('!.git\n*.log\n!keep.log\nbuild/\n!.DS_Store\n'))
  for (const path of [
    '.hypertunaignore',
    'a/.HYPERTUNAignore',
    '.hypertuna-folder',
    '.git/config',
    'sub/.GIT/hooks/x',
    '.gi\u200ct/config',
    'git~1/config',
    'a.log',
    'build/x',
    'Thumbs.db',
    '../x',
    '/x'
  ]) {
    t.ok(rules.has(path), path)
  }
  for (const path of ['keep.log', '.gitignore', 'a/b.txt', '.DS_Store', 'digit']) {
    t.absent(rules.has(path), path)
  }
  t.ok(isOurs('x/.Hypertuna-1.part'))
})
