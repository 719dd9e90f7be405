import test from 'brittle'

import { HypertunaError } from '../../protocol/errors.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { decodeInvite, encodeInvite } from '../../worker/relays/invite-code.ts'
import { Pairing } from '../../worker/relays/pairing.ts'

const publicIdentifier = formatPublicIdentifier('7'.repeat(64), 'holidays')
const expiresAt = 2_000_000_000
const { pairing } = Pairing.create('a'.repeat(64), expiresAt)

test('an invite tells what it leads to, and whether somebody has to agree', (t) => {
  for (const access of ['open', 'closed', 'private'] as const) {
    for (const approval of [false, true]) {
      const text = encodeInvite({ pairing, publicIdentifier, name: 'Été', access, approval })
      const read = decodeInvite(`  ${text}\n`)
      t.is(read.access, access)
      t.is(read.approval, approval)
      t.is(read.publicIdentifier, publicIdentifier)
      t.is(read.name, 'Été')
      t.is(read.expiresAt, expiresAt)
    }
  }
})

test('an invite behind a group’s reference (NIP-29) is that invite', (t) => {
  const text = encodeInvite({
    pairing,
    publicIdentifier,
    name: 'x',
    access: 'open',
    approval: false
  })
  for (const reference of ['naddr1qqzxvcn', "relay.example'field-notes"]) {
    t.alike(decodeInvite(`${reference}?invite=${text}`), decodeInvite(text))
  }
  t.exception(() => decodeInvite('naddr1qqzxvcn'), /not an invite/)
  t.exception(() => decodeInvite('naddr1qqzxvcn?invite=sesame'), /not an invite/)
})

test('what was cut, bent or is of another kind is no invite', (t) => {
  const told = { pairing, publicIdentifier, name: 'x', approval: false }
  const text = encodeInvite({ ...told, access: 'private' })
  for (const wrong of [text.slice(0, 60), text + '!', 'nostr:npub1', '']) {
    try {
      decodeInvite(wrong)
      t.fail(wrong)
    } catch (err) {
      t.is(HypertunaError.from(err).code, 'INVITE_INVALID')
    }
  }
})
