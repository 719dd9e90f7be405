/** What a terminal is shown of other people's words, and what is read of a person's. */
import test from 'brittle'
import b4a from 'b4a'

import { nobodyAnswers } from '../../app/cli/nobody-answers.ts'
import { TypedLine } from '../../app/cli/secret.ts'
import { parse } from '../../app/cli/program.ts'
import type { Parsed } from '../../app/cli/program.ts'
import { VERSION } from '../../protocol/version.ts'
import { VERBS } from '../../app/cli/verbs.ts'
import {
  bytesIn,
  columns,
  counted,
  fitting,
  plain,
  secondsIn,
  sizeOf
} from '../../app/cli/words.ts'

test('names cannot move the cursor, colour it or turn the line', (t) => {
  t.is(plain('a\x1b[31mred\x07\r\n\u202egpj.exe\u2066'), 'a�[31mred����gpj.exe�')
  t.is(plain('Ünïcödé 🎵 名前'), 'Ünïcödé 🎵 名前')
})

test('times are read as written', (t) => {
  t.alike(
    ['90s', '15m', '24h', '7d', '2w', 'never'].map(secondsIn),
    [90, 900, 86400, 604800, 1209600, 0]
  )
  for (const wrong of ['', '1', '0h', '-1h', '1y', '1 h', '99999999d']) {
    t.exception(() => secondsIn(wrong), /is no time/)
  }
})

test('sizes are read as they are written', (t) => {
  t.alike(['500MB', '20GB', '7 kb'].map(bytesIn), [5e8, 2e10, 7000])
  t.is(bytesIn('none'), Infinity)
  for (const text of ['5', '0GB', '-1MB', 'MB', '1e9']) t.exception(() => bytesIn(text), /no size/)
})

test('sizes and columns', (t) => {
  t.alike([0, 999, 1500, 30_000_000, 123_400_000_000].map(sizeOf), [
    '0 bytes',
    '999 bytes',
    '1.5 KB',
    '30.0 MB',
    '123 GB'
  ])
  t.alike(
    columns([
      ['a', 'bb', 'c'],
      ['long', '', 'd']
    ]),
    ['a     bb  c', 'long      d']
  )
})

test('flags stand before, between and after the words', (t) => {
  for (const argv of [
    ['put', '-s', '/x', 'group', 'one', 'two'],
    ['put', 'group', '-s', '/x', 'one', 'two'],
    ['put', 'group', 'one', 'two', '-s', '/x'],
    ['put', '--storage=/x', 'group', '--', 'one', 'two']
  ]) {
    const parsed = parse(argv, VERBS)
    if (typeof parsed === 'string') return t.fail(argv.join(' '))
    t.is(parsed.verb.name, 'put')
    t.is(parsed.flags.storage, '/x')
    t.is(parsed.args.group, 'group')
    t.alike(parsed.rest, ['one', 'two'])
  }
})

test('words that are empty or begin with a dash are words', (t) => {
  const line = parsed(['-s', '/x', 'get', 'a group', '-o', '-', '--', '-dash.txt'])
  t.alike([line.args.group, line.args.file, line.flags.output], ['a group', '-dash.txt', '-'])
  t.is(parsed(['name', '']).args.name, '', 'an empty word is one')
  const put = parsed(['put', '-m', '-5 degrees', 'g', '--', '-a', '--', ''])
  t.alike([put.flags.message, put.rest], ['-5 degrees', ['-a', '--', '']])
  t.is(parsed(['put', 'g', 'f', '-m', '']).flags.message, '', 'no words are no mistake')
})

test('what is not understood is named, and nothing is guessed', (t) => {
  const wrong: [string[], RegExp][] = [
    [['start', '--storage'], /--storage needs a value/],
    [['status', '--storage='], /--storage needs a value/],
    [['status', '-s', ''], /-s needs a value/],
    [['start', '--name', '--json'], /--name needs a value/],
    [['ls', 'g', '--json=1'], /--json takes no value/],
    [['get', 'g', '-dash.txt'], /no flag -d.*goes after --/],
    [['status', '--uses', '3'], /status takes no --uses/],
    [['relay', 'foo'], /no command "relay foo"/],
    [['relay', 'list', 'extra words'], /more words than it takes: extra words/],
    [['help', 'nope'], /no command "nope"/]
  ]
  for (const [argv, said] of wrong) t.exception(() => parse(argv, VERBS), said)
  for (const argv of [[], ['relay'], ['help'], ['help', 'put'], ['-h', 'put'], ['put', '--help']]) {
    t.is(typeof parse(argv, VERBS), 'string', argv.join(' '))
  }
  t.is(parse(['--version'], VERBS), `hypertuna ${VERSION}`)
})

test('a worker that is not there is told apart from another user’s', (t) => {
  const codeOf = (code: string): string => nobodyAnswers({ code }, '/s').code
  t.alike(['EACCES', 'ENOENT', 'ECONNREFUSED'].map(codeOf), ['STORAGE_DENIED', 'CLOSED', 'CLOSED'])
})

test('a passphrase is typed, rubbed out and given up as on any terminal', (t) => {
  const line = new TypedLine()
  t.absent(line.type(b4a.from('wrong\x15ä')), 'Ctrl-U takes the line away')
  t.absent(line.type(b4a.from('pü\x7fp')))
  t.ok(line.type(b4a.from('fel\r')))
  t.is(line.text, 'äppfel')
  t.exception(() => line.type(b4a.from('\x03')), /Stopped/)
})

test('one file is no files, and a line is as long as its terminal is wide', (t) => {
  t.alike(
    [0, 1, 2].map((count) => counted(count, 'file')),
    ['0 files', '1 file', '2 files']
  )
  t.is(fitting('█████ 20 %', 20), '█████ 20 %')
  t.is(fitting('█████ 20 %', 6), '█████', 'one column stays free: some terminals break there')
})

function parsed(argv: string[]): Parsed {
  const found = parse(argv, VERBS)
  if (typeof found === 'string') throw new Error(argv.join(' '))
  return found
}
