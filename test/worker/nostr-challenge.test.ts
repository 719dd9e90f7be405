/** NIP-42: when a client is challenged, and what waits for its proof. */
import test from 'brittle'
import { signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import type { Message, NostrClient } from './nostr-client.ts'
import { note, scene } from './nostr-scene.ts'
import type { Scene } from './nostr-scene.ts'

test('NIP-42: the challenge comes when a proof would help', async (t) => {
  const { member, connect } = await scene(t)
  const reader = connect()
  await reader.query({ kinds: [9] })
  await reader.query({ kinds: [39000] })
  t.alike(challenges(reader), [], 'not where none is asked for')
  const refused = await reader.publish(note(member, { tags: [['-']] }))
  t.ok(!refused.ok && refused.message.startsWith('auth-required: '), 'who does not prove it')
  const [before, after] = challenges(reader)
  t.is(after, before, 'before the refusal, and with it')
  const writer = connect()
  t.ok((await writer.publish(note(member))).ok)
  await writer.query({ kinds: [9] })
  t.alike(challenges(writer), [], 'nor to who writes what needs none')
  const curious = connect()
  await curious.query({ kinds: [9000, 9009] })
  t.is(challenges(curious).length, 1, 'or what is left out')
  t.ok(await connect().type('AUTH'), 'and to who waits for it')
})

/** Kinds that need a proof, in a group that may be read without one and in one that may not. */
for (const [access, kind] of [['closed', 9009] as const, ['private', 9] as const]) {
  test(`NIP-42: who listens from the refusal on may prove itself, ${access}`, async (t) => {
    const place = await scene(t, {}, access)
    const { member, connect } = place
    const client = connect()
    const refused = async (type: string, id: string): Promise<void> => {
      const earlier = new Set<Message>()
      const answer = await client.next((message) => {
        const is = message[0] === type && message[1] === id
        if (!is) earlier.add(message)
        return is
      })
      t.ok(String(answer.at(-1)).startsWith('auth-required: '))
      const later = client.messages.filter((message) => !earlier.has(message))
      client.messages.splice(0, client.messages.length, ...later)
    }
    client.say('REQ', 'q', { kinds: [kind] })
    await refused('CLOSED', 'q')
    await client.type('AUTH')
    const event = note(member, { tags: [['-']] })
    client.say('EVENT', event)
    await refused('OK', event.id)
    client.say('AUTH', await proofFor(place, client))
    client.say('EVENT', event)
    t.is(
      (await client.next(([type, id, ok]) => type === 'OK' && id === event.id && ok === true))[2],
      true
    )
    client.say('REQ', 'q', { kinds: [kind] })
    await client.type('EOSE', 'q')
  })
}

test('NIP-42: who is held up does not count as silent', async (t) => {
  const { connect } = await scene(t)
  const client = connect()
  await new Promise<void>((resolve) => client.socket.once('open', () => resolve()))
  client.say('REQ', 'q', { kinds: [9] })
  const word = new Int32Array(new SharedArrayBuffer(4))
  Atomics.wait(word, 0, 0, 2000) // its thread and ours, which are one here
  await client.type('EOSE', 'q')
  t.alike(challenges(client), [])
})

/** Those that came and were not taken. */
const challenges = ({ messages }: NostrClient): unknown[] =>
  messages.filter(([type]) => type === 'AUTH').map(([, challenge]) => challenge)

test('NIP-42: in a private group nothing is done without a proof', async (t) => {
  const { member, connect, url } = await scene(t, {}, 'private')
  const client = connect()
  const [, challenge] = await client.type('AUTH')
  const early = await client.publish(note(member))
  t.ok(!early.ok && early.message.startsWith('auth-required: '), early.message)
  const tags = [
    ['relay', url],
    ['challenge', String(challenge)]
  ]
  const template = { kind: 22242, created_at: now(), tags, content: '' }
  const proof = signEvent(template, member.identity.secretKey)
  client.say('AUTH', proof)
  t.alike(await client.type('OK', proof.id), ['OK', proof.id, true, ''])
  t.ok((await client.publish(note(member))).ok)
})

/** The proof that a relay's challenge is to be answered with. */
async function proofFor({ member, url }: Scene, client: NostrClient): Promise<NostrEvent> {
  const [, challenge] = await client.type('AUTH')
  const tags = [
    ['relay', url],
    ['challenge', String(challenge)]
  ]
  const template = { kind: 22242, created_at: now(), tags, content: '' }
  return signEvent(template, member.identity.secretKey)
}

test('NIP-42: what wants a proof and comes before it waits for it', async (t) => {
  const place = await scene(t, {}, 'private')
  const { member, connect } = place
  const client = connect()
  const filter = { kinds: [39000] }
  client.say('REQ', 'q', filter)
  client.say('REQ', 'taken back', filter)
  client.say('CLOSE', 'taken back')
  client.say('COUNT', 'q', filter)
  client.say('NEG-OPEN', 'q', filter, '61')
  const event = note(member)
  const written = client.publish(event)
  client.say('AUTH', await proofFor(place, client))
  t.ok((await written).ok)
  await client.type('EOSE', 'q')
  t.is(client.taken('q').length, 1)
  t.alike(await client.type('COUNT', 'q'), ['COUNT', 'q', { count: 1 }])
  t.is((await client.type('NEG-MSG', 'q'))[1], 'q')
  t.absent(client.messages.some(([, id]) => id === 'taken back'))

  const nobody = connect()
  nobody.say('REQ', 'q', filter)
  t.is((await nobody.type('CLOSED', 'q'))[2], 'auth-required: this group is for its members')
  nobody.say('NEG-OPEN', 'q', filter, '61')
  t.ok(String((await nobody.type('NEG-ERR', 'q'))[2]).startsWith('auth-required: '))
})

test('NIP-42: in a public group, too, what wants a proof waits for it', async (t) => {
  const place = await scene(t)
  const { member, connect } = place
  const client = connect()
  const written = client.publish(note(member, { tags: [['-']] }))
  client.say('REQ', 'invites', { kinds: [9009] })
  client.say('AUTH', await proofFor(place, client))
  t.alike(await written, { ok: true, message: '' })
  t.is((await client.type('EOSE', 'invites'))[1], 'invites')
})
