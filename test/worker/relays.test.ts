import AbortController from 'bare-abort-controller'
import BlindPairing from 'blind-pairing'
import test from 'brittle'
import { encodeInvite } from '../../worker/relays/invite-code.ts'
import { Pairing } from '../../worker/relays/pairing.ts'
import { now } from '../../worker/relays/group.ts'
import type { Group } from '../../worker/relays/group.ts'
import { readRelay, readReplaceable, readWriter } from '../../worker/relays/state.ts'
import { KIND } from '../../worker/relays/policy.ts'
import { localDht, startMember, until } from './member.ts'
import type { Member } from './member.ts'

const never = (): { aborted: boolean } => new AbortController().signal as never
const quiet = (): { signal: never; onphase(): void } => ({ signal: never() as never, onphase() {} })

async function pair(founder: Member, joiner: Member, access = 'closed'): Promise<[Group, Group]> {
  const theirs = await founder.relays.create({ name: 'Field notes', access })
  const { invite } = await founder.relays.invite(theirs.relay.relayKey, { expiresIn: 60, uses: 1 })
  const ours = await joiner.relays.join(invite, quiet())
  return [theirs, ours]
}

test(
  'a relay begins with its card, its own key and its described state',
  { timeout: 120_000 },
  async (t) => {
    const a = await startMember(t, await localDht(t))
    const group = await a.relays.create({ name: 'Field notes', access: 'closed', about: 'birds' })
    const facts = await readRelay(group.relay.state)
    t.is(facts?.alias, 'field-notes')
    t.is(facts?.creator, a.identity.pubkey)
    t.is(facts?.access, 'closed')
    t.is(group.role, 'admin')
    t.is(await group.relay.boundTo(), a.identity.pubkey)
    const members = await readReplaceable(
      group.relay.state,
      KIND.members,
      facts?.relayPubkey ?? '',
      'field-notes'
    )
    t.ok(members, '39002 is there')
    t.is(a.config.get().relays[0]?.relayKey, group.relay.relayKey, 'kept in relay-config.json')
  }
)

test(
  'a second member joins by invite, writes, and both see the same',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const a = await startMember(t, bootstrap)
    const b = await startMember(t, bootstrap)
    const [theirs, ours] = await pair(a, b)
    t.is(ours.role, 'member')
    t.is(await readWriter(ours.relay.state, ours.relay.writer), b.identity.pubkey)
    const event = await ours.publish({
      kind: 9,
      created_at: now(),
      tags: [['h', 'field-notes']],
      content: 'hello'
    })
    await until(
      async () => (await theirs.relay.newestEvents(20)).some(({ id }) => id === event.id),
      theirs
    )
    t.pass('the founder has the event')
    await until(() => ours.link?.onlinePubkeys().has(a.identity.pubkey) ?? false, ours)
    await until(() => theirs.link?.onlinePubkeys().has(b.identity.pubkey) ?? false, theirs)
    t.pass('both proved themselves to each other')
  }
)

test('after a restart the relay is there and still writable', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const a = await startMember(t, bootstrap)
  const b = await startMember(t, bootstrap, dir)
  const [theirs, ours] = await pair(a, b)
  const { relayKey } = ours.relay
  await b.close()
  const again = await startMember(t, bootstrap, dir)
  const group = again.relays.get(relayKey)
  t.ok(group.joined)
  const event = await group.publish({
    kind: 9,
    created_at: now(),
    tags: [['h', 'field-notes']],
    content: 'back'
  })
  await until(
    async () => (await theirs.relay.newestEvents(20)).some(({ id }) => id === event.id),
    theirs
  )
  t.pass('its events arrive')
})

test(
  'an invite that is used, expired or garbage is refused by name',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const a = await startMember(t, bootstrap)
    const b = await startMember(t, bootstrap)
    const c = await startMember(t, bootstrap)
    const group = await a.relays.create({ name: 'Once', access: 'closed' })
    const { relayKey } = group.relay
    const once = await a.relays.invite(relayKey, { expiresIn: 0, uses: 1 })
    await b.relays.join(once.invite, quiet())
    await t.exception(c.relays.join(once.invite, quiet()), /used already/)
    await t.exception(c.relays.join('hypertuna://join/yyyy', quiet()), /not an invite/)
    await t.exception(c.relays.join('../../etc/passwd', quiet()), /not an invite/)
    await t.exception(b.relays.join(once.invite, quiet()), /already/)
  }
)

test('policy: a member may not do what an admin does', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startMember(t, bootstrap)
  const b = await startMember(t, bootstrap)
  const [, ours] = await pair(a, b)
  const at = now()
  await t.exception(
    ours.publish({
      kind: 9002,
      created_at: at,
      tags: [
        ['h', 'field-notes'],
        ['name', 'mine']
      ],
      content: ''
    }),
    /only an admin/
  )
  await t.exception(
    ours.publish({ kind: 9, created_at: at, tags: [['h', 'other']], content: '' }),
    /h tag/
  )
  await t.exception(b.relays.invite(ours.relay.relayKey, { expiresIn: 0, uses: 0 }), /admin/)
})

test('a proof is for one end of one connection, by one member', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startMember(t, bootstrap)
  const b = await startMember(t, bootstrap)
  const [theirs, ours] = await pair(a, b)
  const handshakeHash = Buffer.alloc(64, 1)
  const hers = { handshakeHash, noiseKey: Buffer.alloc(32, 1) }
  const his = { handshakeHash, noiseKey: Buffer.alloc(32, 2) }
  await until(async () => (await ours.prove(his)) !== null, ours)
  const sent = await theirs.prove(hers)
  const received = await ours.prove(his)
  if (sent === null || received === null) throw new Error('no proof')
  t.is(theirs.checkMember(received, his).pubkey, b.identity.pubkey)
  await t.exception(() => theirs.checkMember(sent, his), /did not sign/, 'our own sent back')
  const elsewhere = { ...his, handshakeHash: Buffer.alloc(64, 2) }
  await t.exception(() => theirs.checkMember(received, elsewhere), /did not sign/)
  const stolen = { ...received, pubkey: a.identity.pubkey }
  await t.exception(() => theirs.checkMember(stolen, his), /did not sign/)
  const framed = { ...received, driveKey: 'f'.repeat(64) }
  await t.exception(() => theirs.checkMember(framed, his), /did not sign/)
})

test(
  'an expired invite is refused, before anybody is asked and by who is asked',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const a = await startMember(t, bootstrap)
    const b = await startMember(t, bootstrap)
    const group = await a.relays.create({ name: 'Late', access: 'closed' })
    const { relayKey, publicIdentifier } = group.relay
    const past = now() - 10
    const { id, publicKey, pairing } = Pairing.create(relayKey, past)
    const told = {
      publicIdentifier: publicIdentifier ?? '',
      name: 'Late',
      access: 'closed' as const,
      approval: false
    }
    await t.exception(b.relays.join(encodeInvite({ ...told, pairing }), quiet()), /expired/)

    // The same invite with a later date than its maker wrote down.
    const tags = [
      ['h', 'late'],
      ['code', id],
      ['pairing', publicKey],
      ['expires', String(past)]
    ]
    await group.publish({ kind: 9009, created_at: past, tags, content: '' })
    const { seed, discoveryKey } = BlindPairing.decodeInvite(pairing)
    const forged = BlindPairing.createInvite(group.relay.base.key, { seed, discoveryKey }).invite
    await t.exception(b.relays.join(encodeInvite({ ...told, pairing: forged }), quiet()), /expired/)
    t.absent(group.relay.members.has(b.identity.pubkey))
  }
)
