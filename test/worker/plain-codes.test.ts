/** Codes that other clients choose (NIP-29): what a log tells of them, and who may try them. */
import b4a from 'b4a'
import sodium from 'sodium-universal'
import test from 'brittle'

import { generateSecretKey, signEvent, tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { KIND } from '../../worker/relays/kinds.ts'
import { readInvites } from '../../worker/relays/state.ts'
import { until } from './member.ts'
import { note, scene } from './nostr-scene.ts'
import type { Scene } from './nostr-scene.ts'

const LONG = { timeout: 60_000 }

const asks = (code: string): NostrEvent => {
  const tags = [
    ['h', 'field-notes'],
    ['code', code]
  ]
  return signEvent({ kind: 9021, created_at: now(), tags, content: '' }, generateSecretKey())
}

const invites = ({ member }: Scene, code: string): NostrEvent =>
  note(member, { kind: 9009, tags: [['code', code]], content: '' })

/** What the log has of codes: who replicates it sees that. */
async function codesIn({ group: { relay } }: Scene): Promise<string[]> {
  const codes: string[] = []
  for (let position = 0; position < relay.base.view.log.length; position++) {
    const event = await relay.eventAt(position)
    if (event.kind === KIND.createInvite) codes.push(tagValue(event, 'code') ?? '')
  }
  return codes
}

function hashOf(text: string): string {
  const hash = b4a.alloc(32)
  sodium.crypto_generichash(hash, b4a.from(text))
  return b4a.toString(hash, 'hex')
}

test('a code cannot be tried on the log, and ends with the key that hides it', LONG, async (t) => {
  const place = await scene(t)
  const { group, member } = place
  const client = place.connect()
  t.ok((await client.publish(invites(place, 'sesame'))).ok)
  const [first] = await codesIn(place)
  for (const domain of ['', 'hypertuna-invite/1\0', 'hypertuna-invite/2\0']) {
    t.not(first, hashOf(`${domain}sesame`), 'no hash that anybody can make')
  }
  t.absent(JSON.stringify(first).includes('sesame'))
  t.ok((await client.publish(asks('sesame'))).ok)

  // An admin goes, who knows the key: what it was told of codes is of no use any more.
  const other = 'ab'.repeat(32)
  const before = group.relay.facts?.relayPubkey
  await group.acts.putUser(other, 'admin')
  await group.acts.removeUser(other)
  await until(() => group.relay.facts?.relayPubkey !== before, group)
  await until(async () => (await readInvites(group.relay.state)).length === 0, group)
  t.is((await client.publish(asks('sesame'))).message, 'restricted: unknown invite code')
  t.ok((await client.publish(invites(place, 'sesame'))).ok, 'the same code anew')
  t.is(new Set(await codesIn(place)).size, 2, 'is another one in the log')
  t.ok((await client.publish(asks('sesame'))).ok)
  t.ok(group.relay.members.has(member.identity.pubkey))
})

test(
  'wrong codes are borne with for a while; the link of an invite always holds',
  LONG,
  async (t) => {
    const place = await scene(t)
    const client = place.connect()
    t.ok((await client.publish(invites(place, 'sesame'))).ok)
    const short = await client.publish(invites(place, '12345'))
    t.ok(!short.ok && short.message.startsWith('invalid: '), short.message)
    let tries = 0
    for (let message = ''; !message.startsWith('rate-limited: '); tries++) {
      message = (await client.publish(asks(`guess ${tries}`))).message
      if (!message.startsWith('r') || tries > 100) break
    }
    t.ok(tries > 10 && tries < 50, `${tries} tries`)
    const right = await client.publish(asks('sesame'))
    t.ok(!right.ok && right.message.startsWith('rate-limited: '), 'or it would tell which is right')
    const { relayKey } = place.group.relay
    const terms = { expiresIn: 600, uses: 1 }
    const { invite } = await place.member.relays.invite(relayKey, terms)
    t.alike(
      await client.publish(asks(invite)),
      { ok: true, message: '' },
      'nobody guesses 256 bits'
    )
    t.ok((await client.publish(asks(invite))).message.startsWith('restricted: '), 'once')
  }
)

test('what has a code is not brought again later', LONG, async (t) => {
  const place = await scene(t)
  const client = place.connect()
  const tags = [['code', 'sesame']]
  const old = note(place.member, { kind: 9009, tags, content: '', created_at: now() - 3600 })
  const late = await client.publish(old)
  t.ok(!late.ok && late.message.startsWith('invalid: '), late.message)
  t.ok((await client.publish(invites(place, 'sesame'))).ok)
  const asked = { kind: 9021, created_at: now() - 3600, tags: [['h', 'field-notes'], ...tags] }
  const again = await client.publish(signEvent({ ...asked, content: '' }, generateSecretKey()))
  t.ok(!again.ok && again.message.startsWith('invalid: '), again.message)
})
