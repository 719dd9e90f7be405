/** Somebody with an invite and a modified worker, who says to be who is in already. */
import b4a from 'b4a'
import BlindPairing from 'blind-pairing'
import Hyperswarm from 'hyperswarm'
import test from 'brittle'

import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { generateSecretKey, signEvent } from '../../protocol/nostr.ts'
import { decodeInvite, encodeInvite } from '../../worker/relays/invite-code.ts'
import { encodeJoinRequest } from '../../worker/relays/join-request.ts'
import { proveWriter, writerTag } from '../../worker/relays/writer-proof.ts'
import { quiet } from './group-fixture.ts'
import { localDht, startMember, until } from './member.ts'

const LONG = { timeout: 120_000 }

test(
  'who names a member and its writer, and signs for neither, is handed nothing',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const a = await startMember(t, bootstrap)
    const b = await startMember(t, bootstrap)
    const group = await a.relays.create({ name: 'Field notes', access: 'private' })
    const { relayKey, discoveryKey } = group.relay
    const once = await a.relays.invite(relayKey, { expiresIn: 600, uses: 1 })
    const theirs = await b.relays.join(once.invite, quiet())
    const terms = { expiresIn: 600, uses: 0, approval: true }
    const asked = await a.relays.invite(relayKey, terms)
    // Used up, and one that an admin is to be asked about.
    for (const { invite: text } of [once, asked]) {
      const invite = decodeInvite(text)
      const { inviteId } = BlindPairing.createRequest(invite.pairing, b4a.alloc(1))
      const { keyPair } = theirs.relay.base.local
      const proof = proveWriter(keyPair!, { discoveryKey, pubkey: b.identity.pubkey })
      const tags = [
        ['h', group.relay.facts?.alias ?? ''],
        ['relay', discoveryKey],
        writerTag(theirs.relay.writer, proof)
      ]
      if (!invite.approval) tags.push(['code', b4a.toString(inviteId, 'hex')])
      const asking = { kind: 9021, created_at: 1, tags, content: '' }
      const forged = { ...signEvent(asking, generateSecretKey()), pubkey: b.identity.pubkey }
      const swarm = new Hyperswarm({ bootstrap })
      t.teardown(() => swarm.destroy())
      const pairing = new BlindPairing(swarm, { poll: 60_000 })
      await pairing.ready()
      const userData = encodeJoinRequest(forged)
      const candidate = pairing.addCandidate({ invite: invite.pairing, userData })
      const refused = new Promise<null>((resolve) => {
        candidate.request.on('rejected', () => resolve(null))
      })
      const handed = await Promise.race([candidate.pairing, refused])
      t.is(handed?.encryptionKey ?? null, null, 'not what the group is encrypted with')
      t.absent(handed, 'nor its key')
      await candidate.close()
      await pairing.close()
    }
  }
)

test(
  'an invite that leads to another group than it names takes nothing from us',
  LONG,
  async (t) => {
    const bootstrap = await localDht(t)
    const a = await startMember(t, bootstrap)
    const b = await startMember(t, bootstrap)
    const theirs = await a.relays.create({ name: 'Field notes', access: 'closed' })
    const { relayKey } = theirs.relay
    const first = await a.relays.invite(relayKey, { expiresIn: 600, uses: 1 })
    const ours = await b.relays.join(first.invite, quiet())
    const { writer } = ours.relay
    // Where it is signed may come to be known meanwhile.
    const entry = (): object => ({ ...b.config.relay(relayKey), systemKey: null })
    const known = entry()

    // A modified worker of an admin: a true invite of the group, by another name.
    const renamed = async (): Promise<string> => {
      const { invite } = await a.relays.invite(relayKey, { expiresIn: 600, uses: 1 })
      const publicIdentifier = formatPublicIdentifier('ab'.repeat(32), 'field-notes')
      return encodeInvite({ ...decodeInvite(invite), publicIdentifier })
    }
    await t.exception(b.relays.join(await renamed(), quiet()), /not what the invite says/)
    t.is(b.relays.groups.get(relayKey), ours, 'the group is as it was')
    t.is(ours.relay.writer, writer)
    t.absent(ours.closing)
    t.alike(entry(), known)
    t.is(b.config.get().relays.length, 1)

    // Who does not have the group yet learns by its card that it is another one.
    const c = await startMember(t, bootstrap)
    await t.exception(c.relays.join(await renamed(), quiet()), /not what the invite says/)
    t.is(c.relays.groups.size, 0)
    t.alike(c.config.get().relays, [], 'and keeps nothing of it')
  }
)

test('what was chosen about a group’s files stays when it is joined anew', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startMember(t, bootstrap)
  const b = await startMember(t, bootstrap)
  const { relayKey } = (await a.relays.create({ name: 'Field notes', access: 'closed' })).relay
  const invited = async (): Promise<string> =>
    (await a.relays.invite(relayKey, { expiresIn: 600, uses: 1 })).invite
  const ours = await b.relays.join(await invited(), quiet())
  const chosen = { keep: 'on-demand', quotaBytes: 1e9, copies: 5 } as const
  await b.config.update(({ relays }) => ({ relays: relays.map((r) => ({ ...r, ...chosen })) }))
  const { pubkey } = b.identity
  const theirs = a.relays.get(relayKey)
  await theirs.acts.removeUser(pubkey)
  await until(() => ours.mayRejoin, ours)
  await theirs.acts.putUser(pubkey, 'member')
  await b.relays.join(await invited(), quiet())
  t.not(b.relays.get(relayKey), ours)
  const { keep, quotaBytes, copies } = b.config.relay(relayKey)!
  t.alike({ keep, quotaBytes, copies }, chosen)
})
