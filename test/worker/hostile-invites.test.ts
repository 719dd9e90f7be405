/** Somebody with an invite and a modified worker, who says to be who is in already. */
import b4a from 'b4a'
import BlindPairing from 'blind-pairing'
import Hyperswarm from 'hyperswarm'
import test from 'brittle'

import { generateSecretKey, signEvent } from '../../protocol/nostr.ts'
import { decodeInvite } from '../../worker/relays/invite-code.ts'
import { encodeJoinRequest } from '../../worker/relays/join-request.ts'
import { proveWriter, writerTag } from '../../worker/relays/writer-proof.ts'
import { quiet } from './group-fixture.ts'
import { localDht, startMember } from './member.ts'

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
