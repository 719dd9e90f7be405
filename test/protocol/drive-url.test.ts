import test from 'brittle'
import { isDriveUrl, parseDriveUrl } from '../../protocol/drive-url.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'

const ID = formatPublicIdentifier('7'.repeat(64), 'holidays')
const HASH = 'ab'.repeat(32)

test('a file by its address', (t) => {
  const expected = { publicIdentifier: ID, hash: HASH, query: { download: false } }
  t.alike(parseDriveUrl(`/drive/${ID}/${HASH}`), expected)
  t.alike(parseDriveUrl(`/drive/${ID.replace(':', '%3A')}/${HASH}.png`), expected)
  t.alike(parseDriveUrl(`/drive/${ID.replace(':', '/')}/${HASH}`), expected)
  t.ok(isDriveUrl(`/drive/x`))
  t.absent(isDriveUrl(`/driver`))
})

test('the query', (t) => {
  const query = (text: string): unknown => parseDriveUrl(`/drive/${ID}/${HASH}?${text}`).query
  t.alike(query('download'), { download: true })
  t.alike(query('download=true&filename=a%20%C3%A9.txt'), { download: true, filename: 'a é.txt' })
  t.alike(query('download=false'), { download: false })
  t.alike(query('download=0&other=1'), { download: false })
  t.alike(query('filename=%'), { download: false, filename: '%' })
})

test('what is no address of a file', (t) => {
  for (const url of [
    '',
    '/drive/',
    `/drive/${HASH}`,
    `/drive/${ID}/`,
    `/drive/${ID}/${HASH}/more`,
    `/drive/${ID}/../${HASH}`,
    `/drive/${ID}/${HASH.toUpperCase()}`,
    `/drive/${ID}/..%2f${HASH}`,
    `/elsewhere/${ID}/${HASH}`
  ]) {
    try {
      parseDriveUrl(url)
      t.fail(url)
    } catch (err) {
      t.is(HypertunaError.from(err).code, 'BAD_REQUEST', url)
    }
  }
})
