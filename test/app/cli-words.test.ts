/** What a terminal is shown of other people's words, and what is read of a person's. */
import test from 'brittle'
import b4a from 'b4a'

import { TypedLine } from '../../app/cli/secret.ts'
import { parse } from '../../app/cli/program.ts'
import { VERBS } from '../../app/cli/verbs.ts'
import { columns, counted, fitting, plain, secondsIn, sizeOf } from '../../app/cli/words.ts'

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
