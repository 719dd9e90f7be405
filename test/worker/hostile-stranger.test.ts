/** A stranger on a relay's topic, who keeps what members show it. */
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import test from 'brittle'

import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import type { Handshake, PeerInfo } from '../../protocol/file-channel/channel.ts'
import type { MemberProof } from '../../protocol/card.ts'
import { relayTopic } from '../../protocol/topic.ts'
import { localDht, startMember } from './member.ts'

test(
  'our own proof, kept and sent back on a second channel, proves nobody',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const a = await startMember(t, bootstrap)
    const group = await a.relays.create({ name: 'Field notes', access: 'closed' })
    const topic = relayTopic(group.relay.publicIdentifier ?? '')
    const swarm = new Hyperswarm({ bootstrap })
    t.teardown(() => swarm.destroy())
    const connected = new Promise<Hyperswarm.Connection>((resolve) => {
      swarm.on('connection', (connection) => {
        connection.on('error', () => {}) // the test ends it
        resolve(connection)
      })
    })
    swarm.join(topic, { server: false, client: true })
    const mux = Protomux.from(await connected)
    let shown: MemberProof | null = null
    const open = (handshake: Handshake): FileChannel => {
      const channel = new FileChannel(mux, {
        topic,
        handshake,
        checkPeer: (theirs): PeerInfo => {
          shown = theirs.proof
          return { role: 'member', pubkey: null, driveKey: null, members: null }
        },
        respond: null
      })
      channel.open()
      return channel
    }
    const first = open({ version: VERSION, role: 'gateway', proof: null })
    await first.opened
    const stolen = shown as MemberProof | null
    if (stolen === null) throw new Error('nothing was shown')
    await first.close()
    const forged = { ...stolen, driveKey: '0'.repeat(64) }
    for (const proof of [stolen, forged]) {
      const again = open({ version: VERSION, role: 'member', proof })
      await again.closed
      t.is(again.reason?.code, 'UNPROVEN')
      t.is(group.link?.members().length, 0, 'the stranger is no member')
    }
  }
)
