import test from 'brittle'
import {
  namesStrongly,
  namesWeakly,
  parseEntityTags,
  parseRange,
  type ByteRange
} from '../../protocol/http-range.ts'

type Expected = 'none' | 'unsatisfiable' | [number, number]

const HUGE = '9'.repeat(400)

function check(
  t: { alike(actual: unknown, expected: unknown, message?: string): void },
  size: number,
  cases: [string | undefined, Expected][]
): void {
  for (const [header, expected] of cases) {
    const range: ByteRange | Expected = Array.isArray(expected)
      ? { start: expected[0], end: expected[1] }
      : expected
    t.alike(parseRange(header, size), range, `${JSON.stringify(header)?.slice(0, 60)} of ${size}`)
  }
}

test('closed ranges, the last byte included', (t) => {
  check(t, 10, [
    ['bytes=0-0', [0, 1]],
    ['bytes=0-1', [0, 2]],
    ['bytes=9-9', [9, 10]],
    ['bytes=0-9', [0, 10]],
    ['bytes=003-004', [3, 5]]
  ])
})

test('open ranges', (t) => {
  check(t, 10, [
    ['bytes=0-', [0, 10]],
    ['bytes=4-', [4, 10]],
    ['bytes=9-', [9, 10]]
  ])
})

test('suffix ranges', (t) => {
  check(t, 10, [
    ['bytes=-1', [9, 10]],
    ['bytes=-10', [0, 10]],
    ['bytes=-11', [0, 10]],
    [`bytes=-${HUGE}`, [0, 10]],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=-000', 'unsatisfiable']
  ])
})

test('an end beyond the file is clamped', (t) => {
  check(t, 10, [
    ['bytes=0-10', [0, 10]],
    ['bytes=5-100', [5, 10]],
    [`bytes=5-${HUGE}`, [5, 10]]
  ])
})

test('a start at or beyond the end cannot be satisfied', (t) => {
  check(t, 10, [
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=10-10', 'unsatisfiable'],
    ['bytes=11-20', 'unsatisfiable'],
    [`bytes=${HUGE}-`, 'unsatisfiable'],
    ['bytes=9007199254740992-9007199254740993', 'unsatisfiable']
  ])
})

test('an end before the start is invalid, and ignored', (t) => {
  check(t, 10, [
    ['bytes=5-4', 'none'],
    ['bytes=1-0', 'none'],
    ['bytes=20-11', 'none'],
    // Rounded to doubles these two would be equal, and so valid.
    ['bytes=9007199254740993-9007199254740992', 'none']
  ])
})

test('several ranges are answered whole', (t) => {
  check(t, 10, [
    ['bytes=0-0,2-3', 'none'],
    ['bytes=0-0, 2-3', 'none'],
    ['bytes=0-0,-1', 'none'],
    ['bytes=20-30,40-50', 'none'],
    [`bytes=${'0-1,'.repeat(2000)}`, 'none']
  ])
})

test('a list may have empty elements', (t) => {
  check(t, 10, [
    ['bytes=0-1,', [0, 2]],
    ['bytes=,0-1', [0, 2]],
    ['bytes= , 0-1 ,\t,', [0, 2]],
    ['bytes=0-1 ,', [0, 2]],
    ['bytes=,', 'none'],
    ['bytes=', 'none']
  ])
})

test('blanks around the header count for nothing', (t) => {
  check(t, 10, [
    [' bytes=0-1 ', [0, 2]],
    ['\tbytes=0-1\t', [0, 2]]
  ])
})

test('the unit is bytes, in any case; another is ignored', (t) => {
  check(t, 10, [
    ['Bytes=0-1', [0, 2]],
    ['BYTES=0-1', [0, 2]],
    ['items=0-1', 'none'],
    ['seconds=1-2', 'none'],
    ['byte=0-1', 'none'],
    ['=0-1', 'none']
  ])
})

test('what is malformed is ignored', (t) => {
  const malformed = [
    '',
    'bytes',
    'bytes 0-1',
    'bytes =0-1',
    'bytes= 0-1',
    'bytes=\u00a00-1',
    'bytes=0',
    'bytes=-',
    'bytes=--1',
    'bytes=0--1',
    'bytes=-1-',
    'bytes=0-1-2',
    'bytes=a-b',
    'bytes=0-x',
    'bytes=0x0-0x1',
    'bytes=+0-1',
    'bytes=0.0-1',
    'bytes=1e1-',
    'bytes=0 -1',
    'bytes=0- 1',
    'bytes=0-1;q=1',
    'bytes=0-1, bytes=2-3',
    'bytes=٠-١',
    'bytes=0-1\n'
  ]
  check(t, 10, [...malformed.map((header): [string, Expected] => [header, 'none'])])
  check(t, 10, [[undefined, 'none']])
})

test('an empty file has no first byte', (t) => {
  check(t, 0, [
    ['bytes=0-', 'unsatisfiable'],
    ['bytes=0-0', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=-5', 'none'],
    ['bytes=5-4', 'none'],
    [undefined, 'none']
  ])
})

test('files beyond 4 GiB', (t) => {
  const size = 2 ** 52
  check(t, size, [
    [`bytes=${size - 1}-`, [size - 1, size]],
    [`bytes=${size}-`, 'unsatisfiable'],
    ['bytes=4294967296-4294967297', [4294967296, 4294967298]],
    ['bytes=-1', [size - 1, size]]
  ])
})

test('a header of any length is read in no time', (t) => {
  const begun = Date.now()
  for (const header of [
    `bytes=${' '.repeat(100_000)}x`,
    `bytes=${','.repeat(100_000)}`,
    `bytes=0-${'9'.repeat(100_000)}`,
    `bytes=0-1${' '.repeat(4000)}x${' '.repeat(40)}`
  ]) {
    t.is(parseRange(header, 10), 'none')
    t.absent(namesWeakly(header, 'x'))
  }
  t.ok(Date.now() - begun < 1000)
})

test('lists of entity tags', (t) => {
  const strong = (tag: string): object => ({ weak: false, tag })
  const weak = (tag: string): object => ({ weak: true, tag })
  t.is(parseEntityTags('*'), '*')
  t.is(parseEntityTags(' * '), '*')
  t.alike(parseEntityTags('"a"'), [strong('a')])
  t.alike(parseEntityTags('""'), [strong('')])
  t.alike(parseEntityTags('W/"a"'), [weak('a')])
  t.alike(parseEntityTags('"a", W/"b" ,"c"'), [strong('a'), weak('b'), strong('c')])
  t.alike(parseEntityTags('"a,b", "c"'), [strong('a,b'), strong('c')], 'a comma within a tag')
  t.alike(parseEntityTags(', "a",, "b",'), [strong('a'), strong('b')], 'empty elements')
  t.alike(parseEntityTags('"\xe9!#"'), [strong('\xe9!#')])
  for (const header of [
    '',
    ',',
    'a',
    '"a',
    'a"',
    'w/"a"',
    'W/ "a"',
    '"a" "b"',
    '"a b"',
    '*, "a"'
  ]) {
    t.is(parseEntityTags(header), 'malformed', header)
  }
})

test('weak comparison takes a weak tag, strong comparison does not', (t) => {
  for (const header of ['"a"', '"b", "a"', '*']) {
    t.ok(namesWeakly(header, 'a'), header)
    t.ok(namesStrongly(header, 'a'), header)
  }
  for (const header of ['W/"a"', '"b", W/"a"']) {
    t.ok(namesWeakly(header, 'a'), header)
    t.absent(namesStrongly(header, 'a'), header)
  }
  for (const header of ['"b"', 'a', '"A"', '', '"a']) {
    t.absent(namesWeakly(header, 'a'), header)
    t.absent(namesStrongly(header, 'a'), header)
  }
})
