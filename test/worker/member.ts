/**
 * A member without a drive, for tests of relays: real store, real swarm, real
 * pairing, on a local DHT.
 */
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import createTestnet from 'hyperdht/testnet.js'
import { loadOrCreateConfig } from '../../worker/config.ts'
import type { Config } from '../../worker/config.ts'
import { loadOrCreateIdentity } from '../../worker/identity.ts'
import type { Identity } from '../../worker/identity.ts'
import { silent } from '../../worker/log.ts'
import { GatedStore } from '../../worker/network/gated-store.ts'
import { Network } from '../../worker/network/network.ts'
import type { Group } from '../../worker/relays/group.ts'
import { Relays } from '../../worker/relays/relays.ts'
import type { FileResponder } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'

export interface TestContext {
  teardown(fn: () => unknown, options?: { order?: number }): void
  tmp(): Promise<string>
}

export interface Member {
  store: GatedStore
  network: Network
  config: Config
  identity: Identity
  relays: Relays
  close(): Promise<void>
}

/** `host:port` of a DHT of this test's own. */
export async function localDht(t: TestContext): Promise<string[]> {
  const testnet = await createTestnet(6)
  t.teardown(() => testnet.destroy(), { order: 100 })
  return testnet.bootstrap.map(({ host, port }) => `${host}:${port}`)
}

export async function startMember(
  t: TestContext,
  bootstrap: string[],
  dir?: string
): Promise<Member> {
  const storage = dir ?? (await t.tmp())
  const store = new GatedStore(storage + '/corestore')
  await store.ready()
  const config = await loadOrCreateConfig(storage)
  const identity = await loadOrCreateIdentity(storage)
  const keyPair = await store.createKeyPair('swarm')
  const network = new Network({ store, keyPair, bootstrap, log: silent })
  const relays = new Relays({
    store,
    config,
    identity,
    network,
    driveKey: b4a.toString(crypto.randomBytes(32), 'hex'),
    makeFolder: () => Promise.resolve(),
    log: silent
  })
  relays.on('group', (group) => (group as Group).respondWith(nothing))
  await relays.ready()
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await relays.close()
    await network.close()
    await store.close()
  }
  t.teardown(close)
  return { store, network, config, identity, relays, close }
}

/** Resolves when the condition holds; looks again at each event of the emitters. */
export function until(
  condition: () => boolean | Promise<boolean>,
  ...emitters: { on(event: string, listener: () => void): unknown }[]
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      Promise.resolve(condition()).then((holds) => {
        if (holds) resolve()
      }, reject)
    }
    for (const emitter of emitters) {
      for (const event of ['update', 'online', 'change', 'writable', 'peers']) {
        emitter.on(event, look)
      }
    }
    look()
  })
}

const nothing: FileResponder = {
  head: () => Promise.reject(new HypertunaError('NOT_IN_RELAY', 'No such file')),
  read: () => {
    throw new HypertunaError('NOT_IN_RELAY', 'No such file')
  },
  layer: () => Promise.reject(new HypertunaError('NOT_IN_RELAY', 'No such file'))
}
