import test, { type Assert } from 'brittle'
import { HypertunaError } from '../../protocol/errors.ts'
import {
  FILE_KIND,
  MAX_FILES,
  fileTags,
  makeFileUrlTag,
  parseFiles,
  type FileRecord
} from '../../protocol/file-event.ts'

const HASH = 'a'.repeat(64)
const ROOT = 'c'.repeat(64)
const DRIVE = 'd'.repeat(64)
const URL = `https://gateway.example/drive/npub1x:club/${HASH}.png`
const place = { alias: 'book-club', driveKey: DRIVE, kind: 9 }

const full: FileRecord = {
  hash: HASH,
  url: URL,
  mime: 'image/png',
  size: 1234,
  name: 'my photo.png',
  path: 'holidays/my photo.png',
  piecesRoot: ROOT,
  dim: '640x480',
  alt: 'a beach with 2 people',
  thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI'
}

const bare: FileRecord = {
  hash: 'b'.repeat(64),
  url: `hypertuna://npub1x:club/${'b'.repeat(64)}`,
  mime: null,
  size: 0,
  name: null,
  path: null,
  piecesRoot: null
}

test('the tags of a file are those of the contract', (t) => {
  t.alike(fileTags([full], place), [
    ['h', 'book-club'],
    ['drivekey', DRIVE],
    [
      'imeta',
      `url ${URL}`,
      'm image/png',
      `x ${HASH}`,
      'size 1234',
      'dim 640x480',
      'thumbhash 1QcSHQRnh493V4dIh4eXh1h4kJUI',
      'alt a beach with 2 people',
      'name my photo.png',
      'path holidays/my photo.png',
      `piecesRoot ${ROOT}`
    ],
    ['fileUrl', URL, HASH],
    ['x', HASH]
  ])
  t.alike(makeFileUrlTag(URL, HASH), ['fileUrl', URL, HASH])
})

test('kind 1063 repeats url, m and size at top level', (t) => {
  const tags = fileTags([full], { ...place, kind: FILE_KIND })
  t.alike(tags.slice(-3), [
    ['url', URL],
    ['m', 'image/png'],
    ['size', '1234']
  ])
  t.alike(fileTags([bare], { ...place, kind: FILE_KIND }).slice(-2), [
    ['m', 'application/octet-stream'],
    ['size', '0']
  ])
})

test('each file has one imeta, one fileUrl, one x', (t) => {
  const tags = fileTags([full, bare, full], place)
  for (const name of ['imeta', 'fileUrl', 'x']) {
    t.is(tags.filter((tag) => tag[0] === name).length, 2, name)
  }
  t.is(tags.filter((tag) => tag[0] === 'h').length, 1)
  t.alike(fileTags([], place), [
    ['h', 'book-club'],
    ['drivekey', DRIVE]
  ])
})

test('what is written can be read', (t) => {
  t.alike(parseFiles({ kind: 9, tags: fileTags([full, bare], place) }), [full, bare])
  for (const file of [full, bare]) {
    const tags = fileTags([file], { ...place, kind: FILE_KIND })
    t.alike(parseFiles({ kind: FILE_KIND, tags }), [file])
  }
})

test('names and paths are made safe on the way out and on the way in', (t) => {
  const evil = { ...full, name: '../../x\u202egnp.exe', path: '../../etc/passwd' }
  const written = fileTags([evil], place)[2]
  t.ok(written?.includes('name xgnp.exe'))
  t.ok(written?.includes('path etc/passwd'))
  const [file] = parseFiles({
    kind: 9,
    tags: [['imeta', `x ${HASH}`, 'size 1', 'name ../../x\u202egnp.exe', 'path /etc/../passwd']]
  })
  t.is(file?.name, 'xgnp.exe')
  t.is(file?.path, 'etc/passwd')
})

test('what cannot be published is refused', (t) => {
  const wrong: [string, Partial<FileRecord>][] = [
    ['hash', { hash: HASH.toUpperCase() }],
    ['negative size', { size: -1 }],
    ['size with a fraction', { size: 1.5 }],
    ['size beyond numbers', { size: 2 ** 53 }],
    ['no url', { url: null }],
    ['script', { url: 'javascript:alert(1)' }],
    ['space', { url: 'https://a/b c' }],
    ['long url', { url: `https://a/${'x'.repeat(2048)}` }],
    ['root', { piecesRoot: 'x' }]
  ]
  for (const [name, change] of wrong) {
    refused(t, () => fileTags([{ ...full, ...change }], place), name)
  }
  refused(t, () => fileTags([full], { ...place, alias: '../x' }))
  refused(t, () => fileTags([full], { ...place, driveKey: 'x' }))
  refused(t, () => fileTags([full, bare], { ...place, kind: FILE_KIND }))
  refused(t, () => fileTags([], { ...place, kind: FILE_KIND }))
  refused(t, () => fileTags(Array(MAX_FILES + 1).fill(full), place))
  t.is(fileTags(numbered(MAX_FILES), place).length, 2 + 3 * MAX_FILES)
})

test('small fields that are not valid are left out', (t) => {
  const odd = { ...full, mime: 'x', dim: '1 x 2', alt: '\u0000', thumbhash: '<b>' }
  const written = fileTags([odd], place)[2] ?? []
  for (const key of ['m ', 'dim ', 'alt ', 'thumbhash ']) {
    t.absent(
      written.some((field) => field.startsWith(key)),
      key
    )
  }
})

test('a file without a valid hash is left out', (t) => {
  const broken = [
    ['imeta'],
    ['imeta', ''],
    ['imeta', 'url https://a.example/x.png'],
    ['imeta', `x ${HASH.toUpperCase()}`, 'size 1'],
    ['imeta', `x ${HASH.slice(1)}`, 'size 1'],
    ['imeta', 'size 1']
  ]
  for (const tag of broken) t.alike(parseFiles({ kind: 9, tags: [tag] }), [], JSON.stringify(tag))
  t.alike(parseFiles({ kind: 9, tags: broken }), [])
  t.is(parseFiles({ kind: 9, tags: [...broken, ...fileTags([full], place)] }).length, 1)
})

test('a file whose event does not tell its size has none, and so no tree', (t) => {
  const sizes = ['', ' ', ' -1', ' 01', ' 1e3', ' 0x10', ' 9007199254740992', ` ${'9'.repeat(20)}`]
  for (const size of [null, ...sizes]) {
    const fields = size === null ? [] : [`size${size}`]
    const tags = [['imeta', `x ${HASH}`, `piecesRoot ${ROOT}`, ...fields]]
    const [file, ...more] = parseFiles({ kind: 9, tags })
    t.is(file?.hash, HASH)
    t.is(file?.size, null, JSON.stringify(size))
    t.is(file?.piecesRoot, null)
    t.is(more.length, 0)
  }
  const [alone] = parseFiles({ kind: FILE_KIND, tags: [['x', HASH]] })
  t.alike([alone?.hash, alone?.size], [HASH, null])
})

test('the hash may be in a Blossom url alone', (t) => {
  const named = (url: string): (string | undefined)[] =>
    parseFiles({ kind: 9, tags: [['imeta', `url ${url}`, 'm image/png']] }).map((f) => f.hash)
  for (const url of [
    `https://a.example/${HASH}`,
    `https://a.example:8443/npub1x:y/${HASH}.png?download#x`,
    `HTTP://a/${HASH}.PNG`,
    `blossom:${HASH}.png?xs=a&sz=1`
  ]) {
    t.alike(named(url), [HASH], url)
  }
  for (const url of [
    `https://a.example/${HASH}/x`,
    `https://a.example/${HASH}0`,
    `https://a.example/a${HASH}`,
    `https://a.example/${HASH.toUpperCase()}`,
    `https://a.example/${HASH}.tar.gz.png`,
    `https://a.example/?x=/${HASH}`,
    `https://a.example/#/${HASH}`,
    `https://${HASH}`,
    `javascript:/${HASH}`
  ]) {
    t.alike(named(url), [], url)
  }
  const both = ['imeta', `url https://a/${ROOT}.png`, `x ${HASH}`]
  t.is(parseFiles({ kind: 9, tags: [both] })[0]?.hash, HASH, 'an x counts for more')
  const tags = [['url', `https://a/${HASH}.png`]]
  t.is(parseFiles({ kind: FILE_KIND, tags })[0]?.hash, HASH)
  t.alike(parseFiles({ kind: 9, tags }), [], 'only in kind 1063 at top level')
})

test('any other field that is not valid is null or absent', (t) => {
  const [file] = parseFiles({
    kind: 9,
    tags: [
      [
        'imeta',
        `x ${HASH}`,
        'size 9007199254740991',
        'url javascript:alert(1)',
        'm text/html\r\nX-Evil: 1',
        'dim 0x0',
        'alt \u0000',
        'thumbhash "><script>',
        `piecesRoot ${ROOT.toUpperCase()}`,
        'path ..',
        'nospace',
        ' leading'
      ]
    ]
  })
  t.alike(file, {
    hash: HASH,
    url: null,
    mime: null,
    size: 9007199254740991,
    name: null,
    path: null,
    piecesRoot: null
  })
})

test('links are only those that are safe behind a click', (t) => {
  const good = ['http://a', 'HTTPS://a/b?c=d#e', 'hypertuna://npub1x:y/z', 'blossom:abc.png?xs=a']
  const odd = [
    'javascript:alert(1)',
    'JaVaScRiPt:1',
    'data:text/html,x',
    'file:///etc/passwd',
    'ftp://a',
    '//a',
    'a',
    '',
    'https:',
    ' https://a',
    'https://a b',
    'https://a\u0000',
    'https://a\u2028',
    'https://a"b',
    'https://a<b',
    `https://${'a'.repeat(2048)}`
  ]
  for (const url of good) t.is(urlOf(`url ${url}`), url)
  for (const url of odd) t.is(urlOf(`url ${url}`), null, JSON.stringify(url).slice(0, 40))
  function urlOf(field: string): string | null | undefined {
    return parseFiles({ kind: 9, tags: [['imeta', `x ${HASH}`, 'size 1', field]] })[0]?.url
  }
})

test('the url may come from fileUrl alone', (t) => {
  const imeta = ['imeta', `x ${HASH}`, 'size 1']
  t.is(parseFiles({ kind: 9, tags: [imeta, ['fileUrl', URL, HASH]] })[0]?.url, URL)
  t.is(parseFiles({ kind: 9, tags: [['fileUrl', URL, HASH], imeta] })[0]?.url, URL)
  t.is(parseFiles({ kind: 9, tags: [imeta, ['fileUrl', URL, ROOT]] })[0]?.url, null)
  const evil = ['fileUrl', 'javascript:1', HASH]
  t.is(parseFiles({ kind: 9, tags: [imeta, evil, ['fileUrl', URL, HASH]] })[0]?.url, URL)
  const second = ['fileUrl', 'https://other.example/x', HASH]
  t.is(parseFiles({ kind: 9, tags: [imeta, ['fileUrl', URL, HASH], second] })[0]?.url, URL)
  t.alike(parseFiles({ kind: 9, tags: [['fileUrl', URL, HASH]] }), [], 'it is no file by itself')
})

test('of what comes twice the first counts', (t) => {
  const [file, ...more] = parseFiles({
    kind: 9,
    tags: [
      ['imeta', `x ${HASH}`, 'size 1', 'size 2', 'name a', 'name b'],
      ['imeta', `x ${HASH}`, 'size 3', 'name c']
    ]
  })
  t.is(file?.size, 1)
  t.is(file?.name, 'a')
  t.is(more.length, 0, 'one record for each hash')
})

test('NIP-94 as other programs write it', (t) => {
  const tags = [
    ['url', URL],
    ['m', 'image/png'],
    ['x', HASH],
    ['size', '1234'],
    ['dim', '640x480'],
    ['alt', 'a beach']
  ]
  const expected = { ...bare, hash: HASH, url: URL, mime: 'image/png', size: 1234 }
  t.alike(parseFiles({ kind: FILE_KIND, tags }), [{ ...expected, dim: '640x480', alt: 'a beach' }])
  t.alike(parseFiles({ kind: 9, tags }), [], 'in another kind they mean something else')
})

test('at most 64 files are read, whatever an event holds', (t) => {
  const tags = Array.from({ length: 5000 }, (_, i) => imetaOf(i))
  const files = parseFiles({ kind: 9, tags })
  t.is(files.length, MAX_FILES)
  t.is(files[63]?.hash, hashOf(63))
  const crowded = ['imeta', ...Array(10_000).fill('a b'), `x ${HASH}`, 'size 1']
  t.alike(parseFiles({ kind: 9, tags: [crowded] }), [], 'nor more than 64 fields of one')
})

test('nothing that has the shape of an event makes it throw', (t) => {
  const texts = [
    '',
    ' ',
    'imeta',
    'x',
    'size',
    `x ${HASH}`,
    'size 1',
    '\ud800',
    '__proto__ 1',
    HASH
  ]
  for (let i = 0; i < 3000; i++) {
    const tags: string[][] = []
    for (let n = i * 7919; n > 0; n = Math.floor(n / 97)) {
      tags.push([n % 2 ? 'imeta' : 'fileUrl', texts[n % 10]!, texts[(n * 3) % 10]!, texts[n % 7]!])
    }
    if (!Array.isArray(parseFiles({ kind: i % 2 ? 9 : FILE_KIND, tags }))) t.fail()
  }
  t.alike(
    parseFiles({ kind: 9, tags: [['__proto__'], ['imeta', '__proto__ x', 'constructor y']] }),
    []
  )
})

test('a description is one line, and not endless', (t) => {
  const [file] = parseFiles({
    kind: 9,
    tags: [['imeta', `x ${HASH}`, 'size 1', `alt a\nb ${'é'.repeat(5000)}`]]
  })
  t.ok(file?.alt?.startsWith('ab é'))
  t.ok(Buffer.byteLength(file?.alt ?? '') <= 2000)
})

function hashOf(i: number): string {
  return i.toString(16).padStart(64, '0')
}

function imetaOf(i: number): string[] {
  return ['imeta', `x ${hashOf(i)}`, 'size 1']
}

function numbered(count: number): FileRecord[] {
  return Array.from({ length: count }, (_, i) => ({ ...full, hash: hashOf(i) }))
}

function refused(t: Assert, run: () => unknown, message?: string): void {
  try {
    run()
    t.fail(message)
  } catch (err) {
    t.is(err instanceof HypertunaError && err.code, 'BAD_REQUEST', message)
  }
}
