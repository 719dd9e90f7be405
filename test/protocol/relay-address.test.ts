/** The forms in which an address may name a relay. */
import test from 'brittle'

import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { parseRelayAddress, relayOfPath } from '../../protocol/relay-address.ts'

const pubkey = 'b7'.repeat(32)
const publicIdentifier = formatPublicIdentifier(pubkey, 'field-notes')
const npub = publicIdentifier.split(':', 1)[0]!

test('a relay is named by npub or by hex', (t) => {
  for (const path of [
    `/${npub}:field-notes`,
    `/${npub}%3Afield-notes`,
    `/${npub}/field-notes/`,
    `/${pubkey}:field-notes`,
    `/${pubkey.toUpperCase()}%3afield-notes/?x=1`
  ]) {
    t.is(relayOfPath(path), publicIdentifier, path)
  }
  const address = `ws://127.0.0.1:1945/${pubkey}:field-notes/`
  t.alike(parseRelayAddress(address), { host: '127.0.0.1:1945', publicIdentifier })
})

test('what names none', (t) => {
  for (const path of ['/', `/${pubkey}`, `/${pubkey}/field-notes`, `/${pubkey}:Field notes`]) {
    t.is(relayOfPath(path), null, path)
  }
  t.is(relayOfPath(`/${pubkey}.txt`), null, 'a file’s hash stays a file’s')
})
