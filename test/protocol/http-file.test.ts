import test from 'brittle'
import {
  corsHeaders,
  decideFileResponse,
  errorResponse,
  inertHeaders,
  preflightHeaders,
  type FileRequest,
  type FileResponse,
  type ServedFile
} from '../../protocol/http-file.ts'

const HASH = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)
const ETAG = `"${HASH}"`
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'

const file: ServedFile = {
  hash: HASH,
  size: 1000,
  mime: 'image/png',
  name: 'photo.png',
  access: 'open'
}

test('a plain GET has the whole file and every header', (t) => {
  const { status, headers, range, body } = get()
  t.is(status, 200)
  t.alike(range, { start: 0, end: 1000 })
  t.is(body, null)
  t.alike(headers, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers':
      'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, Content-Type, ETag, ' +
      'Retry-After, X-Reason',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy':
      "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    ETag: ETAG,
    'Cache-Control': 'public, max-age=31536000, immutable',
    'Content-Type': 'image/png',
    'Accept-Ranges': 'bytes',
    'Content-Disposition': `inline; filename="photo.png"; filename*=UTF-8''photo.png`,
    'Content-Length': '1000'
  })
})

test('HEAD has the headers of GET and no bytes', (t) => {
  for (const headers of [{}, { 'if-none-match': ETAG }, { 'if-match': `"${OTHER}"` }]) {
    const head = get(headers, {}, { method: 'HEAD' })
    const same = get(headers)
    t.is(head.status, same.status)
    t.alike(head.headers, same.headers)
    t.is(head.range, null)
    t.is(head.body, null)
  }
})

test('Range is for GET alone', (t) => {
  for (const range of ['bytes=0-1', 'bytes=5000-']) {
    const head = get({ range }, {}, { method: 'HEAD' })
    t.is(head.status, 200)
    t.is(head.headers['Content-Length'], '1000')
    t.absent(head.headers['Content-Range'])
  }
})

test('one range is answered with it', (t) => {
  const cases: [string, number, number][] = [
    ['bytes=0-1', 0, 2],
    ['bytes=500-', 500, 1000],
    ['bytes=-1', 999, 1000],
    ['bytes=990-5000', 990, 1000],
    ['bytes=0-999', 0, 1000]
  ]
  for (const [range, start, end] of cases) {
    const response = get({ range })
    t.is(response.status, 206, range)
    t.alike(response.range, { start, end })
    t.is(response.headers['Content-Range'], `bytes ${start}-${end - 1}/1000`)
    t.is(response.headers['Content-Length'], String(end - start))
    t.is(response.headers['ETag'], ETAG)
    t.is(response.headers['Content-Type'], 'image/png')
  }
})

test('a range that is not there is 416 with the size', (t) => {
  for (const range of ['bytes=1000-', 'bytes=-0', 'bytes=2000-3000']) {
    const { status, headers, range: bytes, body } = get({ range })
    t.is(status, 416, range)
    t.is(headers['Content-Range'], 'bytes */1000')
    t.is(headers['Access-Control-Allow-Origin'], '*')
    t.is(headers['Cache-Control'], 'no-store')
    t.is(headers['Content-Length'], String(Buffer.byteLength(body ?? '')))
    t.is(bytes, null)
    t.is(JSON.parse(body ?? '').error.code, 'RANGE_NOT_SATISFIABLE')
  }
})

test('ranges that are ignored get the whole file', (t) => {
  for (const range of ['bytes=0-1,3-4', 'items=0-1', 'bytes=5-4', 'nonsense', '']) {
    const response = get({ range })
    t.is(response.status, 200, range)
    t.alike(response.range, { start: 0, end: 1000 })
    t.absent(response.headers['Content-Range'])
  }
})

test('If-None-Match that names the file is 304, with what a cache needs', (t) => {
  for (const header of [ETAG, `W/${ETAG}`, `"x", ${ETAG}`, '*', ` ${ETAG}\t`]) {
    const { status, headers, range, body } = get({ 'if-none-match': header })
    t.is(status, 304, header)
    t.is(range, null)
    t.is(body, null)
    t.is(headers['ETag'], ETAG)
    t.is(headers['Cache-Control'], 'public, max-age=31536000, immutable')
    t.is(headers['Access-Control-Allow-Origin'], '*')
    for (const absent of ['Content-Length', 'Content-Type', 'Content-Range']) {
      t.absent(headers[absent], absent)
    }
  }
})

test('If-None-Match that names another, or nothing, is 200', (t) => {
  for (const header of [`"${OTHER}"`, HASH, `"${HASH}`, '', '"*"', `${ETAG}x`]) {
    t.is(get({ 'if-none-match': header }).status, 200, header)
  }
})

test('If-Match by strong comparison, else 412', (t) => {
  for (const header of [ETAG, '*', `"x", ${ETAG}`]) {
    t.is(get({ 'if-match': header }).status, 200, header)
  }
  for (const header of [`W/${ETAG}`, `"${OTHER}"`, HASH, '', '"*"']) {
    const { status, headers, range, body } = get({ 'if-match': header })
    t.is(status, 412, header)
    t.is(range, null)
    t.is(headers['ETag'], ETAG)
    t.is(headers['Access-Control-Allow-Origin'], '*')
    t.is(JSON.parse(body ?? '').error.code, 'PRECONDITION_FAILED')
  }
})

test('conditions on dates are ignored, because a file has no modification date', (t) => {
  t.is(get({ 'if-modified-since': DATE }).status, 200)
  t.is(get({ 'if-unmodified-since': DATE }).status, 200)
  t.absent(get().headers['Last-Modified'])
})

test('If-Range with the strong ETag keeps the range', (t) => {
  t.is(get({ range: 'bytes=0-1', 'if-range': ETAG }).status, 206)
  t.is(get({ range: 'bytes=0-1', 'if-range': ` ${ETAG} ` }).status, 206)
  t.is(get({ range: 'bytes=5000-', 'if-range': ETAG }).status, 416)
  t.is(get({ 'if-range': ETAG }).status, 200, 'without a range it means nothing')
})

test('If-Range with anything else gets the whole file', (t) => {
  const others = [`W/${ETAG}`, `"${OTHER}"`, DATE, HASH, '*', '', `${ETAG}, "x"`]
  for (const header of others) {
    for (const range of ['bytes=0-1', 'bytes=5000-']) {
      const response = get({ range, 'if-range': header })
      t.is(response.status, 200, header)
      t.alike(response.range, { start: 0, end: 1000 })
    }
  }
})

test('conditions come before ranges, If-Match before If-None-Match', (t) => {
  t.is(get({ 'if-none-match': ETAG, range: 'bytes=0-1' }).status, 304)
  t.is(get({ 'if-none-match': ETAG, range: 'bytes=5000-' }).status, 304)
  t.is(get({ 'if-match': `"${OTHER}"`, range: 'bytes=5000-' }).status, 412)
  t.is(get({ 'if-match': `"${OTHER}"`, 'if-none-match': ETAG }).status, 412)
  t.is(get({ 'if-match': ETAG, 'if-none-match': ETAG }).status, 304)
  t.is(get({ 'if-match': ETAG, range: 'bytes=0-1' }).status, 206)
})

test('an empty file', (t) => {
  const empty = { size: 0 }
  for (const range of [undefined, 'bytes=-5', 'bytes=0-1,2-3']) {
    const response = get({ range }, {}, empty)
    t.is(response.status, 200, String(range))
    t.is(response.headers['Content-Length'], '0')
    t.is(response.range, null)
  }
  for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-0']) {
    const response = get({ range }, {}, empty)
    t.is(response.status, 416, range)
    t.is(response.headers['Content-Range'], 'bytes */0')
  }
  t.is(get({ 'if-none-match': ETAG }, {}, empty).status, 304)
})

test('caches of others may keep what is open or closed, not what is private', (t) => {
  t.is(cache('open'), 'public, max-age=31536000, immutable')
  t.is(cache('closed'), 'public, max-age=31536000, immutable')
  t.is(cache('private'), 'private, max-age=31536000, immutable')
  function cache(access: ServedFile['access']): string | undefined {
    return get({}, {}, { access }).headers['Cache-Control']
  }
})

test('the type is the record’s, without its parameters; unknown ones are octets', (t) => {
  t.is(type('image/png'), 'image/png')
  t.is(type('Image/PNG; x=y'), 'image/png')
  t.is(type('text/plain'), 'text/plain; charset=utf-8')
  t.is(type('text/plain; charset=latin1'), 'text/plain; charset=utf-8')
  t.is(type(null), 'application/octet-stream')
  t.is(type('nonsense'), 'application/octet-stream')
  t.is(type('image/png\r\nX-Evil: 1'), 'application/octet-stream')
  function type(mime: string | null): string | undefined {
    return get({}, {}, { mime }).headers['Content-Type']
  }
})

test('what a browser could run is saved, not shown', (t) => {
  const active = [
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'application/xhtml+xml',
    'image/svg+xml',
    'text/xml',
    'application/xml',
    'application/atom+xml',
    'text/javascript',
    'application/javascript',
    'application/x-sh',
    'application/wasm',
    'text/css',
    'application/pdf',
    'multipart/x-mixed-replace',
    'message/rfc822',
    'application/octet-stream',
    'nonsense',
    'image/svg',
    null
  ]
  for (const mime of active) {
    const disposition = get({}, {}, { mime }).headers['Content-Disposition']
    t.ok(disposition?.startsWith('attachment; '), String(mime))
    t.is(inertHeaders(mime)['Content-Disposition'], 'attachment')
  }
  const harmless = [
    'image/png',
    'image/jpeg',
    'image/vnd.microsoft.icon',
    'audio/mpeg',
    'video/mp4',
    'video/x-matroska',
    'text/plain',
    'text/markdown',
    'application/json'
  ]
  for (const mime of harmless) {
    const disposition = get({}, {}, { mime }).headers['Content-Disposition']
    t.ok(disposition?.startsWith('inline; '), mime)
    t.absent(inertHeaders(mime)['Content-Disposition'])
  }
})

test('everything served is inert', (t) => {
  for (const mime of ['image/png', 'text/html', null]) {
    const headers = inertHeaders(mime)
    t.is(headers['X-Content-Type-Options'], 'nosniff')
    t.ok(headers['Content-Security-Policy']?.startsWith("sandbox; default-src 'none'"))
    t.absent(headers['Content-Security-Policy']?.includes('allow-'))
    t.is(headers['Cross-Origin-Resource-Policy'], 'cross-origin')
  }
})

test('download saves under the name, in both spellings', (t) => {
  t.is(saved({ name: 'photo.png' }), `filename="photo.png"; filename*=UTF-8''photo.png`)
  t.is(
    saved({ name: 'Grüße 😀.png' }),
    `filename="Gr__e _.png"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%F0%9F%98%80.png`
  )
  t.is(
    saved({ name: `a"b%41'(c)*!.txt` }),
    `filename="a_b_41'(c)*!.txt"; filename*=UTF-8''a%22b%2541%27%28c%29%2A%21.txt`
  )
  t.is(saved({ name: null }), `filename="${HASH}.png"; filename*=UTF-8''${HASH}.png`)
  t.is(saved({ name: null, mime: null }), `filename="${HASH}"; filename*=UTF-8''${HASH}`)
})

test('a name can be asked for, and cannot break out of its header', (t) => {
  t.is(saved({}, 'mine.txt'), `filename="mine.txt"; filename*=UTF-8''mine.txt`)
  t.is(saved({}, ''), `filename="photo.png"; filename*=UTF-8''photo.png`)
  t.is(saved({}, '../../etc/passwd'), `filename="passwd"; filename*=UTF-8''passwd`)
  t.is(saved({}, 'C:\\x\\y.txt'), `filename="y.txt"; filename*=UTF-8''y.txt`)
  for (const name of ['a\r\nX-Evil: 1', 'a\u0000b', '"; filename=x', '\ud800', 'é'.repeat(5000)]) {
    const header = get({}, { download: true, filename: name }).headers['Content-Disposition'] ?? ''
    t.ok(
      /^attachment; filename="[\x20-\x21\x23-\x7e]+"; filename\*=UTF-8''[\w.%~+-]+$/.test(header)
    )
  }
})

test('download is for shown types too', (t) => {
  t.ok(get({}, { download: true }).headers['Content-Disposition']?.startsWith('attachment; '))
  t.ok(get({}, { download: false }).headers['Content-Disposition']?.startsWith('inline; '))
})

test('no header has a character that could end it', (t) => {
  const evil = { name: 'x\r\ny', mime: 'a/b\r\nc: d' }
  for (const response of [get({}, {}, evil), get({ range: 'bytes=9999-' }, {}, evil)]) {
    for (const [name, value] of Object.entries(response.headers)) {
      if (!/^[\x20-\x7e]*$/.test(value)) t.fail(`${name}: ${value}`)
    }
  }
  t.pass()
})

test('errors are JSON, readable from any page, and never stored', (t) => {
  const { status, headers, body } = errorResponse(
    503,
    'NOBODY_ONLINE',
    'Nobody is online – später',
    {
      'Retry-After': '10'
    }
  )
  t.is(status, 503)
  t.alike(JSON.parse(body), {
    error: { code: 'NOBODY_ONLINE', message: 'Nobody is online – später' }
  })
  t.is(headers['Content-Type'], 'application/json')
  t.is(headers['Content-Length'], String(Buffer.byteLength(body)))
  t.is(headers['Retry-After'], '10')
  t.is(headers['X-Reason'], 'Nobody is online spater')
  t.is(headers['Cache-Control'], 'no-store')
  t.is(headers['Access-Control-Allow-Origin'], '*')
  t.is(headers['X-Content-Type-Options'], 'nosniff')
  const evil = errorResponse(400, 'BAD_REQUEST', `a\r\nX-Evil: ${'x'.repeat(5000)}\ud800`)
  t.ok(/^[\x20-\x7e]{0,200}$/.test(evil.headers['X-Reason'] ?? '\n'))
  t.is(evil.headers['Content-Length'], String(Buffer.byteLength(evil.body)))
})

test('preflight', (t) => {
  const headers = preflightHeaders(['GET', 'HEAD', 'OPTIONS'])
  t.is(headers['Access-Control-Allow-Origin'], '*')
  t.is(headers['Access-Control-Allow-Methods'], 'GET, HEAD, OPTIONS')
  t.is(headers['Allow'], 'GET, HEAD, OPTIONS')
  t.ok(headers['Access-Control-Allow-Headers']?.startsWith('Authorization, '))
  t.ok(headers['Access-Control-Allow-Headers']?.endsWith(', *'))
  t.is(corsHeaders()['Access-Control-Allow-Origin'], '*')
})

test('the headers that come out are not shared', (t) => {
  get().headers['ETag'] = 'changed'
  corsHeaders()['Access-Control-Allow-Origin'] = 'changed'
  inertHeaders(null)['X-Content-Type-Options'] = 'changed'
  t.is(get().headers['ETag'], ETAG)
  t.is(get().headers['Access-Control-Allow-Origin'], '*')
  t.is(inertHeaders(null)['X-Content-Type-Options'], 'nosniff')
})

function get(
  headers: FileRequest['headers'] = {},
  query: FileRequest['query'] = {},
  change: Partial<ServedFile> & { method?: string } = {}
): FileResponse {
  const { method = 'GET', ...changed } = change
  return decideFileResponse({ method, headers, query }, { ...file, ...changed })
}

function saved(change: Partial<ServedFile>, filename?: string): string | undefined {
  const query = filename === undefined ? { download: true } : { download: true, filename }
  return get({}, query, change).headers['Content-Disposition']?.replace('attachment; ', '')
}
