/** NIP-29: who is in can be told by the moderation events alone. */
import AbortController from 'bare-abort-controller'
import test from 'brittle'
import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { startMember } from './member.ts'
import { note, scene } from './nostr-scene.ts'

const peopleOf = ({ tags }: NostrEvent): string[] =>
  tags.flatMap(([name, pubkey = '']) => (name === 'p' ? [pubkey] : []))

test('whoever came or went, by whatever way', { timeout: 90_000 }, async (t) => {
  const { bootstrap, member, group, connect } = await scene(t)
  const client = connect()
  const [ivo, mara] = [generateSecretKey(), generateSecretKey()]
  const until = async (kind: number, is: (people: string[]) => boolean): Promise<void> => {
    client.say('REQ', 'until', { kinds: [kind] })
    while (!is(peopleOf(await client.live('until')))) continue
    client.say('CLOSE', 'until')
  }
  const paired = await startMember(t, bootstrap)
  const uses = { expiresIn: 60, uses: 1 }
  const { invite } = await member.relays.invite(group.relay.relayKey, uses)
  const signal = new AbortController().signal as never
  await paired.relays.join(invite, { signal, onphase() {} })
  for (const key of [ivo, mara]) {
    const tags = [['p', getPublicKey(key), 'gardener']]
    const put = { kind: 9000, created_at: now() - 5, tags, content: '' } // what follows is later
    t.ok((await client.publish(note(member, put))).ok)
  }
  const leaving = { kind: 9022, created_at: now(), tags: [['h', 'field-notes']], content: '' }
  t.ok((await client.publish(signEvent(leaving, mara))).ok)
  const there = [member.identity.secretKey, ivo, paired.identity.secretKey].map(getPublicKey).sort()
  await until(9000, (people) => people.includes(getPublicKey(paired.identity.secretKey)))
  await until(39002, (people) => String(people.sort()) === String(there))

  const known = new Set([group.relay.facts!.creator])
  for (const act of (await client.query({ kinds: [9000, 9001] })).reverse()) {
    for (const pubkey of peopleOf(act)) {
      if (act.kind === 9000) known.add(pubkey)
      else known.delete(pubkey)
    }
  }
  t.alike([...known].sort(), there)
})
