import b4a from 'b4a'
import test from 'brittle'
import crypto from 'hypercore-crypto'

import '../../worker/globals.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { generateSecretKey, verifyEvent } from '../../protocol/nostr.ts'
import {
  decodeJoinRequest,
  encodeJoinRequest,
  makeJoinRequest
} from '../../worker/relays/join-request.ts'

const target = {
  publicIdentifier: formatPublicIdentifier('7'.repeat(64), 'holidays'),
  discoveryKey: 'd'.repeat(64),
  code: null
}
const keyPair = crypto.keyPair()
const asking = { writer: keyPair, createdAt: 1_790_000_000 }
const secretKey = generateSecretKey()

test('a join request is the same event on both sides, with a name and without', (t) => {
  for (const name of [undefined, '', 'Ivo', 'Zoë 🎻', '好'.repeat(200), `${'x'.repeat(99)}🎻`]) {
    const request = makeJoinRequest(target, { ...asking, name }, secretKey)
    const bytes = encodeJoinRequest(request)
    const read = decodeJoinRequest(bytes, target)
    t.alike(read, request)
    t.ok(verifyEvent(read))
    t.ok(read.content.length <= 100)
    t.ok(bytes.byteLength <= 536, 'what waits in the DHT is small')
    if (!name) t.is(bytes.byteLength, 233, 'and smaller without a name')
  }
})

test('a name in which text is turned or hidden is made plain', (t) => {
  const name = '\u202eMa\nra\u0000 '
  t.is(makeJoinRequest(target, { ...asking, name }, secretKey).content, 'Mara')
})

test('a name that is too long, or another than was signed, is none', (t) => {
  const request = makeJoinRequest(target, { ...asking, name: 'Ivo' }, secretKey)
  const bytes = encodeJoinRequest({ ...request, content: 'x'.repeat(101) })
  try {
    decodeJoinRequest(bytes, target)
    t.fail('was taken')
  } catch (err) {
    t.is(HypertunaError.from(err).code, 'INVITE_REJECTED')
  }
  const renamed = encodeJoinRequest({ ...request, content: 'Eva' })
  t.absent(verifyEvent(decodeJoinRequest(renamed, target)))
  const cut = b4a.from(encodeJoinRequest(request)).subarray(0, -1)
  t.exception(() => decodeJoinRequest(cut, target), /Not a join request/)
})
