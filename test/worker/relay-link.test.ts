/** A relay's channel on one connection, as members come and go. */
import b4a from 'b4a'
import test from 'brittle'
import type Hyperswarm from 'hyperswarm'

import type { PeerInfo } from '../../protocol/file-channel/channel.ts'
import { silent } from '../../worker/log.ts'
import { RelayLink } from '../../worker/network/relay-link.ts'
import { connect, MEMBER, TOPIC } from '../protocol/channel-pair.ts'
import { until } from './member.ts'

test('who is put back in the moment of its removal is asked again', async (t) => {
  let isMember = true
  const [ours, theirs] = connect().map(({ stream }, i) => {
    const connection = stream as unknown as Hyperswarm.Connection
    const link = linkOf(() => isMember)
    Object.assign(connection, {
      publicKey: b4a.alloc(32, i + 1),
      remotePublicKey: b4a.alloc(32, 2 - i)
    })
    link.attach(connection, { topics: [TOPIC], on() {}, off() {} } as never)
    return link
  })
  await until(() => ours!.members().length === 1 && theirs!.members().length === 1, ours!, theirs!)
  const [before] = ours!.members()
  isMember = false
  ours!.recheck()
  isMember = true
  ours!.recheck()
  await until(() => ours!.members().some((channel) => channel !== before), ours!)
  t.pass('by a new channel')
  await Promise.all([ours!.close(), theirs!.close()])
})

/** Of a private relay. */
function linkOf(stillMember: () => boolean): RelayLink {
  const { pubkey, driveKey } = MEMBER as PeerInfo & { pubkey: string; driveKey: string }
  return new RelayLink({
    topic: TOPIC,
    relayKey: 'a'.repeat(64),
    prove: () => Promise.resolve(null),
    checkMember: () => MEMBER,
    secluded: {
      secret: b4a.alloc(32, 5),
      sign: () => ({ pubkey, driveKey, signature: b4a.alloc(64) }),
      checkSigned: () => MEMBER
    },
    stillMember,
    respond: null as never,
    hear() {},
    onmember() {},
    onstranger() {},
    log: silent
  })
}
