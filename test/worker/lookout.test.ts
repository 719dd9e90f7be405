import test from 'brittle'
import crypto from 'hypercore-crypto'
import EventEmitter from 'bare-events'
import Hyperswarm from 'hyperswarm'
import createTestnet from 'hyperdht/testnet.js'

import { Lookout } from '../../worker/network/lookout.ts'
import type { RelayLink } from '../../worker/network/relay-link.ts'

/** Enough of a link: who is online. */
class Link extends EventEmitter {
  online: unknown[] = []
  members(): unknown[] {
    return this.online
  }
}

test(
  'who searched before the other was announced finds it all the same',
  { timeout: 30_000 },
  async (t) => {
    const testnet = await createTestnet(4)
    const { bootstrap } = testnet
    const swarms = [new Hyperswarm({ bootstrap }), new Hyperswarm({ bootstrap })] as const
    t.teardown(async () => {
      for (const swarm of swarms) await swarm.destroy()
      await testnet.destroy()
    })
    for (const swarm of swarms) {
      swarm.on('connection', (connection) => connection.on('error', () => {}))
    }
    const topic = crypto.randomBytes(32)
    const [early, late] = swarms
    const discovery = early.join(topic, { server: true, client: true })
    await discovery.flushed()
    // Announces itself, and finds nobody: as when both search at the same time.
    await late.join(topic, { server: true, client: false }).flushed()
    t.is(early.connections.size, 0)

    const link = new Link()
    const met = new Promise((resolve) => early.once('connection', resolve))
    const lookout = new Lookout(discovery, link as unknown as RelayLink)
    await met
    t.is(early.connections.size, 1)
    lookout.close()
    t.is(link.listenerCount('change'), 0)
  }
)

test('nobody looks while somebody is online', async (t) => {
  let looks = 0
  const refreshed = Promise.withResolvers<void>()
  const discovery = {
    refresh: () => {
      looks++
      refreshed.resolve()
      return Promise.reject(new Error('no network'))
    }
  } as unknown as Hyperswarm.Discovery
  const link = new Link()
  link.online = ['somebody']
  const lookout = new Lookout(discovery, link as unknown as RelayLink)
  link.emit('change')
  t.is(looks, 0)
  link.online = []
  link.emit('change')
  await refreshed.promise
  t.is(looks, 1, 'a search that fails ends nothing')
  lookout.close()
})
