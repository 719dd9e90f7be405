/** Joining by other people's clients: at a plain member's computer, and where many ask. */
import test from 'brittle'

import { AUTH_KIND } from '../../worker/relays/kinds.ts'
import { now } from '../../worker/relays/group.ts'
import { readPending, readRequests } from '../../worker/relays/state.ts'
import { Proofs } from '../../worker/serve/nostr/auth.ts'
import { refusal } from '../../worker/serve/nostr/entry-rules.ts'
import { BY_ADMIN } from '../../worker/relays/waiting-list.ts'
import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { hasRole, quiet, seats } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { provenTag, writerNamed } from './kernel-fixture.ts'
import { localDht, startMember, until } from './member.ts'
import type { NostrClient } from './nostr-client.ts'
import { serve } from './nostr-scene.ts'

const asks = (secretKey: Uint8Array, content = ''): NostrEvent =>
  signEvent({ kind: 9021, created_at: now(), tags: [['h', 'field-notes']], content }, secretKey)

async function authenticate(client: NostrClient, url: string, by: Uint8Array): Promise<void> {
  const [, challenge] = await client.type('AUTH')
  const tags = [
    ['relay', url],
    ['challenge', challenge as string]
  ]
  const proof = signEvent({ kind: AUTH_KIND, created_at: now(), tags, content: '' }, by)
  client.say('AUTH', proof)
  await client.type('OK', proof.id)
}

test('an open group is joined at any member’s computer, by who asks there', async (t) => {
  t.timeout(120_000)
  const [founder, ada] = (await seats(t, 1, 'open')) as [Seat, Seat]
  const { url, connect } = await serve(t, ada.group, await t.tmp())
  const client = connect()
  const secretKey = generateSecretKey()
  const pubkey = getPublicKey(secretKey)
  const first = await client.publish(asks(secretKey, 'as asked of another relay'))
  t.ok(first.message.startsWith('auth-required: '), first.message)
  await authenticate(client, url, secretKey)
  t.alike(await client.publish(asks(secretKey)), { ok: true, message: '' })
  await hasRole(pubkey, 'member', founder, ada)
  const again = await client.publish(asks(secretKey, 'again'))
  t.ok(again.message.startsWith('duplicate: '), 'a member, NIP-29')
})

test('of many who ask without an invite few wait, and an admin clears the list', async (t) => {
  t.timeout(120_000)
  const [founder] = (await seats(t, 0)) as [Seat]
  const { connect } = await serve(t, founder.group, await t.tmp())
  const client = connect()
  const { relay, acts } = founder.group
  const many = Array.from({ length: 26 }, () => generateSecretKey())
  const answers = await Promise.all(many.map((by) => client.publish(asks(by))))
  t.absent(answers.some(({ ok }) => ok))
  const late = answers.filter(({ message }) => message.startsWith('rate-limited: '))
  t.is(late.length, 2)
  t.is((await readRequests(relay.state)).length, 24)
  await acts.clearRequests()
  t.is((await readRequests(relay.state)).length, 0)
  const again = asks(many[0]!, 'again')
  await relay.append([{ type: 'event', event: again }])
  t.ok(await readPending(relay.state, getPublicKey(many[0]!)), 'who waited may ask again')
})

test('who has an invite and finds the list full goes on asking', async (t) => {
  t.timeout(120_000)
  const bootstrap = await localDht(t)
  const founder = await startMember(t, bootstrap)
  const group = await founder.relays.create({ name: 'Field notes', access: 'closed' })
  const { relay, acts } = group
  const sock = (n: number): NostrEvent => {
    const secretKey = generateSecretKey()
    const by = { name: 'sock', secretKey, pubkey: getPublicKey(secretKey) }
    const tags = [
      ['h', 'field-notes'],
      provenTag(writerNamed(`of sock ${n}`), relay.discoveryKey, by)
    ]
    return signEvent({ kind: 9021, created_at: now(), tags, content: '' }, secretKey)
  }
  const flood = Array.from({ length: BY_ADMIN }, (_, n) => sock(n))
  await relay.append(flood.map((event) => ({ type: 'event', event })))
  t.is((await readRequests(relay.state)).length, BY_ADMIN)

  const joiner = await startMember(t, bootstrap)
  const wish = { expiresIn: 600, uses: 0, approval: true }
  const { invite } = await founder.relays.invite(relay.relayKey, wish)
  const judge = relay.judge.bind(relay)
  const asked = new Promise<void>((resolve) => {
    relay.judge = async (record, state) => {
      const answer = await judge(record, state)
      const isIts = record.type === 'event' && record.event.pubkey === joiner.identity.pubkey
      if (isIts && answer !== null) resolve()
      return answer
    }
  })
  const joining = joiner.relays.join(invite, quiet())
  await asked
  await acts.clearRequests()
  const { pubkey } = joiner.identity
  await until(async () => (await readPending(relay.state, pubkey)) !== null, group)
  await acts.approve(pubkey)
  t.ok((await joining).joined)
})

test('by a gateway whoever asks to join proves who it is', (t) => {
  const proofs = new Proofs({ hosts: [], publicIdentifier: '' }, 1)
  const secretKey = generateSecretKey()
  const answer = (isStranger: boolean, tags: string[][] = []): string | null => {
    const all = [['h', 'field-notes'], ...tags]
    const event = { kind: 9021, created_at: now(), tags: all, content: '' }
    const bringer = { proofs, isStranger, isPrivate: false, alias: 'field-notes' }
    return refusal(signEvent(event, secretKey), bringer, now())
  }
  t.ok(answer(true)?.startsWith('auth-required: '))
  t.is(answer(true, [['code', 'sesame']]), null, 'a code is of this group alone')
  t.is(answer(false), null)
})
