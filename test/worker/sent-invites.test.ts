/** Invites that were made on this device, to be shown again. */
import { readFileSync, statSync, writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { generateSecretKey, getPublicKey } from '../../protocol/nostr.ts'
import { silent } from '../../worker/log.ts'
import { now } from '../../worker/relays/group.ts'
import { encodeInvite } from '../../worker/relays/invite-code.ts'
import { Pairing } from '../../worker/relays/pairing.ts'
import { SentInvites } from '../../worker/sent-invites.ts'

const RELAY = 'ab'.repeat(32)
const IDENTIFIER = formatPublicIdentifier(identity().pubkey, 'notes')

function identity() {
  const secretKey = generateSecretKey()
  return { secretKey, pubkey: getPublicKey(secretKey) }
}

function made(expiresAt = 0) {
  const { id, pairing } = Pairing.create(RELAY, expiresAt)
  const told = { name: 'Notes', access: 'closed', approval: false } as const
  const invite = encodeInvite({ pairing, publicIdentifier: IDENTIFIER, ...told })
  return { id, invite, expiresAt }
}

async function opened(path: string, own = identity()): Promise<SentInvites> {
  const invites = new SentInvites({ path, identity: own, log: silent })
  await invites.open()
  return invites
}

test('an invite outlives a restart, sealed with our own key', async (t) => {
  const path = join(await t.tmp(), 'sent-invites.json')
  const own = identity()
  const first = await opened(path, own)
  const invite = made()
  t.is(first.textOf(invite.id), null)
  first.keep(RELAY, invite)
  t.is(first.textOf(invite.id), invite.invite)
  await first.close()
  const file = readFileSync(path, 'utf8') as string
  t.absent(file.includes(invite.invite.slice(-40)), 'nothing of it can be read in the file')
  t.is(statSync(path).mode & 0o777, 0o600)
  t.is((await opened(path, own)).textOf(invite.id), invite.invite)
  t.is((await opened(path)).textOf(invite.id), null, 'another key does not open it')
  writeFileSync(path, 'no json')
  t.is((await opened(path, own)).textOf(invite.id), null, 'a damaged file is as none')
})

test('what nobody comes in by any more is not kept', async (t) => {
  const path = join(await t.tmp(), 'sent-invites.json')
  const own = identity()
  const invites = await opened(path, own)
  const [revoked, expired, last] = [made(), made(now() - 1), made(now() + 600)]
  for (const one of [revoked, expired, last]) invites.keep(RELAY, one)
  invites.forget(revoked.id)
  const known = (of: SentInvites) =>
    [revoked, expired, last].map(({ id }) => of.textOf(id) !== null)
  t.alike(known(invites), [false, false, true])
  await invites.close()
  const again = await opened(path, own)
  t.alike(known(again), [false, false, true])
  again.forgetRelay(RELAY)
  await again.close()
  t.alike(known(await opened(path, own)), [false, false, false], 'nor of a group that is gone')
})

test('the newest are kept, and no more than so many', async (t) => {
  const invites = await opened(join(await t.tmp(), 'sent-invites.json'))
  const many = Array.from({ length: 258 }, () => made())
  for (const one of many) invites.keep(RELAY, one)
  const kept = many.map(({ id }) => invites.textOf(id) !== null)
  t.alike([kept[0], kept[1], kept[2], kept.at(-1)], [false, false, true, true])
  await invites.close()
})
