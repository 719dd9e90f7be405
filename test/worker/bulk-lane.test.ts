/** Files of a group over a bulk lane: when there is one, when it goes, and who gets none. */
import b4a from 'b4a'
import { writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'
import type Hyperswarm from 'hyperswarm'

import type { FileResponder } from '../../protocol/file-channel/channel.ts'
import type { Lane } from '../../worker/network/lanes.ts'
import type { Network } from '../../worker/network/network.ts'
import { FileServer } from '../../worker/serve/file-server.ts'
import { collect } from './drive-fixture.ts'
import { localDht } from './member.ts'
import { gone } from './lane-scene.ts'
import {
  arrived,
  eventually,
  joinBy,
  randomFile,
  share,
  startWhole,
  syncOf,
  together
} from './whole.ts'
import type { Whole } from './whole.ts'
import { poll } from '../poll.ts'

const MiB = 1024 * 1024
const LONG = { timeout: 90_000 }

const networkOf = ({ worker }: Whole): Network => worker.use().network

/** What came over the swarm's own connections, in bytes. */
function bySwarm(whole: Whole): number {
  const connections = networkOf(whole).swarm.connections as Set<
    Hyperswarm.Connection & { rawBytesRead: number }
  >
  return [...connections].reduce((sum, { rawBytesRead }) => sum + rawBytesRead, 0)
}

/** Whether the reader's source of the one other member has a lane. */
const hasLane = (whole: Whole, relayKey: string): boolean =>
  whole.worker
    .use()
    .relays.get(relayKey)
    .link?.sources()
    .some(({ lane }) => lane !== null) === true

/** Serves as before, but `before` has its say in front of each range. */
async function serveBehind(
  whole: Whole,
  relayKey: string,
  before: (offset: number) => Promise<void>
): Promise<void> {
  const { drive, relays } = whole.worker.use()
  const { link } = relays.get(relayKey)
  if (link === null) throw new Error('no link yet')
  const server = new FileServer({ relay: syncOf(whole, relayKey).records, drive })
  const respond: FileResponder = {
    head: (peer, hash) => server.head(peer, hash),
    layer: (peer, hash) => server.layer(peer, hash),
    async *read(peer, hash, offset, length) {
      await before(offset)
      yield* server.read(peer, hash, offset, length)
    }
  }
  link.options.respond = respond
  for (const channel of link.members()) await channel.close()
  link.refresh()
}

/** What comes before this offset makes a lane worth while; the rest waits until there is one. */
const UNTIL_LANE = 4 * MiB

async function withLane(
  giver: Whole,
  taker: Whole,
  relayKey: string,
  onrest: (offset: number) => void = () => {}
): Promise<void> {
  let wasThere = false
  await serveBehind(giver, relayKey, async (offset) => {
    if (wasThere) onrest(offset)
    if (offset < UNTIL_LANE || wasThere) return
    await poll(() => hasLane(taker, relayKey))
    wasThere = true
    onrest(offset)
  })
}

for (const access of ['closed', 'private'] as const) {
  test(
    `a large file of a ${access} group comes over a lane, which goes with the member`,
    LONG,
    async (t) => {
      const bootstrap = await localDht(t)
      const [a, b] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
      const relayKey = await introduce(a, b, access)
      await withLane(a, b, relayKey)
      const file = await randomFile(t, 32 * MiB)
      const before = bySwarm(b)
      await share(a, relayKey, file)
      await arrived(b, relayKey, file.hash)
      const here = await collect(b.worker.use().drive.getFile(relayKey, file.hash))
      t.is(b4a.compare(here, file.bytes), 0, 'the same bytes')
      t.ok(bySwarm(b) - before < 16 * MiB, 'most of it not by the connection of the swarm')
      const [transfer] = b.worker.use().files.transfers.list()
      t.is(transfer?.direct, true, 'and the transfer says so')
      t.alike([transfer?.way, transfer?.sources], ['lane', 1])
      t.is(b.worker.status().lanes, 1, 'as the status does')
      const lanes = [a, b].map((whole) => networkOf(whole).lanes)
      t.alike(
        lanes.map((of) => of?.open.size),
        [1, 1]
      )
      t.absent(lanes[0]?.isListening, 'nobody listens any more')

      const [lane] = networkOf(a).lanes?.open ?? []
      if (lane === undefined) throw new Error('no lane')
      await a.worker.use().relays.get(relayKey).acts.removeUser(b.worker.use().identity.pubkey)
      await gone(lane)
      t.pass('who is removed loses the lane as well')
      t.is(networkOf(a).lanes?.open.size, 0)
    }
  )
}

test(
  'a lane that breaks is missed by nobody: the rest comes over the connection',
  LONG,
  async (t) => {
    const bootstrap = await localDht(t)
    const [a, b] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
    const relayKey = await introduce(a, b, 'closed')
    let asked = 0
    let broken = false
    await withLane(a, b, relayKey, (offset) => {
      asked++
      if (offset < 12 * MiB || broken) return
      broken = true
      for (const lane of networkOf(b).lanes?.open ?? []) cut(lane)
    })
    const file = await randomFile(t, 24 * MiB)
    await share(a, relayKey, file)
    await arrived(b, relayKey, file.hash)
    const here = await collect(b.worker.use().drive.getFile(relayKey, file.hash))
    t.is(b4a.compare(here, file.bytes), 0, 'the same bytes')
    t.ok(broken)
    t.ok(asked <= 20 + 5, `${asked} ranges: those of the file, and what was under way once more`)
    t.is(syncOf(b, relayKey).setAside.size, 0, 'nobody is blamed')
  }
)

/** As a network does it: nothing is said before. */
function cut(lane: Lane): void {
  const { rawStream } = lane as unknown as { rawStream: { destroy(): void } }
  rawStream.destroy()
}

for (const who of ['giver', 'taker'] as const) {
  test(`a ${who} whose configuration says so has no lanes`, LONG, async (t) => {
    const bootstrap = await localDht(t)
    const dir = await t.tmp()
    writeFileSync(join(dir, 'relay-config.json'), '{ "version": 1, "bulkLane": false }')
    const a = await startWhole(t, bootstrap, who === 'giver' ? dir : undefined)
    const b = await startWhole(t, bootstrap, who === 'taker' ? dir : undefined)
    const relayKey = await introduce(a, b, 'closed')
    const file = await randomFile(t, 8 * MiB)
    await share(a, relayKey, file)
    await arrived(b, relayKey, file.hash)
    const [off, on] = who === 'giver' ? [a, b] : [b, a]
    t.is(networkOf(off).lanes, null)
    t.is(networkOf(on).lanes?.open.size, 0)
  })
}

async function introduce(a: Whole, b: Whole, access: 'closed' | 'private'): Promise<string> {
  const { relayKey } = await together(a, [], access)
  await joinBy(a, b, relayKey)
  const { relays } = b.worker.use()
  await eventually(syncOf(b, relayKey), () => true)
  const { link } = relays.get(relayKey)
  if (link === null) throw new Error('no link yet')
  while (link.members().length === 0) {
    await new Promise<void>((resolve) => link.once('change', () => resolve()))
  }
  return relayKey
}
