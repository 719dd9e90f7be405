/** Which cores a connection gets, whatever the other side asks for. */
import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type Protomux from 'protomux'
import test from 'brittle'
import type { Assert } from 'brittle'

import { circleOf } from '../../worker/network/core-claim.ts'
import type { Circle } from '../../worker/network/core-claim.ts'
import { GatedStore } from '../../worker/network/gated-store.ts'

const A = circleOf('a'.repeat(64), false)
const B = circleOf('b'.repeat(64), true)

interface Line {
  /** The keeper's end. */
  mux: Protomux
  close(): Promise<void>
}

async function openKeeper(t: Assert, dir?: string): Promise<GatedStore> {
  const store = new GatedStore(dir ?? (await t.tmp()))
  t.teardown(() => store.close(), { order: 10 })
  await store.ready()
  return store
}

/** A peer with a modified worker: it asks for whatever it wants. */
async function openPeer(t: Assert): Promise<Corestore> {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close(), { order: 10 })
  await store.ready()
  return store
}

function connect(t: Assert, keeper: Corestore, peer: Corestore): Line {
  const here = keeper.replicate(true)
  const there = peer.replicate(false)
  for (const stream of [here, there]) stream.on('error', () => {}) // the test ends them
  here.pipe(there).pipe(here)
  const { noiseStream } = here as unknown as { noiseStream: { userData: Protomux } }
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      here.once('close', () => resolve())
      here.destroy()
    })
  t.teardown(close)
  return { mux: noiseStream.userData, close }
}

async function coreIn(store: GatedStore, name: string, circle?: Circle): Promise<Hypercore> {
  const session = circle === undefined ? store.session() : store.session({ circle })
  const core = session.get({ name })
  await core.append(b4a.from(name))
  return core
}

/** Whether the peer is given the core's block; a refusal takes as long as it waits. */
async function gets(
  peer: Corestore,
  { key }: Hypercore,
  index = 0,
  timeout = 800
): Promise<boolean> {
  const core = peer.get({ key })
  try {
    return (await core.get(index, { timeout })) !== null
  } catch {
    return false // nobody gave it
  } finally {
    await core.close()
  }
}

test('a connection gets the cores of the circles that it was admitted to', async (t) => {
  const keeper = await openKeeper(t)
  const peer = await openPeer(t)
  const [open, closed, drive, none] = await Promise.all([
    coreIn(keeper, 'open', A),
    coreIn(keeper, 'closed', B),
    coreIn(keeper, 'drive', 'drive'),
    coreIn(keeper, 'none')
  ])
  const { mux } = connect(t, keeper, peer)
  t.absent(await gets(peer, open), 'nothing before')
  keeper.admit(mux, A)
  t.ok(await gets(peer, open, 0, 10_000), 'what was turned down is given then')
  for (const core of [closed, drive, none]) t.absent(await gets(peer, core))
  const later = await coreIn(keeper, 'later', B)
  t.absent(await gets(peer, later), 'nor what is opened later')
  keeper.admit(mux, B)
  for (const core of [closed, later]) t.ok(await gets(peer, core, 0, 10_000))
  t.ok(await gets(peer, await coreIn(keeper, 'last', B), 0, 10_000), 'opened after that')
  for (const core of [drive, none]) t.absent(await gets(peer, core))
  keeper.admit(mux, 'drive')
  t.ok(await gets(peer, drive, 0, 10_000))
  t.absent(await gets(peer, none))
})

test('who is dismissed gets nothing new of a core that it has', async (t) => {
  const keeper = await openKeeper(t)
  const peer = await openPeer(t)
  const core = await coreIn(keeper, 'closed', B)
  const other = await coreIn(keeper, 'open', A)
  const { mux } = connect(t, keeper, peer)
  for (const circle of [A, B]) keeper.admit(mux, circle)
  const theirs = peer.get({ key: core.key })
  await theirs.get(0, { timeout: 10_000 })
  t.is(core.peers.length, 1)
  keeper.dismiss(mux, B)
  await core.append(b4a.from('new'))
  await t.exception(theirs.get(1, { timeout: 800 }))
  t.is(core.peers.length, 0, 'the channel is closed')
  t.absent(await gets(peer, core, 1), 'and is not opened again')
  t.ok(await gets(peer, other, 0, 10_000), 'the other circle goes on')
  keeper.admit(mux, B)
  t.ok(await gets(peer, core, 1, 10_000), 'put back')
})

test('a core is remembered as of its circle, whoever else names it', async (t) => {
  const dir = await t.tmp()
  let keeper = await openKeeper(t, dir)
  const peer = await openPeer(t)
  const core = await coreIn(keeper, 'closed', B)
  const first = connect(t, keeper, peer)
  keeper.admit(first.mux, A)
  // As when a member of A has our device admit a writer that is a core of B.
  const claimed = keeper.session({ circle: A }).get({ key: core.key })
  await claimed.ready()
  t.absent(await gets(peer, core), 'another circle’s claim changes nothing')
  await keeper.close()

  keeper = await openKeeper(t, dir)
  const second = connect(t, keeper, peer)
  keeper.admit(second.mux, A)
  t.absent(await gets(peer, core), 'asked for before anybody opened it')
  const again = keeper.session({ circle: A }).get({ key: core.key })
  await again.ready()
  t.absent(await gets(peer, core), 'claimed before its own circle opened it')
  keeper.admit(second.mux, B)
  t.ok(await gets(peer, core, 0, 10_000))
})

test('a core that the wrong circle claimed first goes to the closer one', async (t) => {
  const keeper = await openKeeper(t)
  const peer = await openPeer(t)
  const core = await coreIn(keeper, 'mine', A)
  const { mux } = connect(t, keeper, peer)
  keeper.admit(mux, A)
  t.ok(await gets(peer, core, 0, 10_000))
  keeper.restrict(core, 'drive')
  await core.append(b4a.from('new'))
  const cores = keeper.session({ circle: 'drive' }).get({ key: core.key })
  await cores.ready()
  t.absent(await gets(peer, core, 1))
})

test('a core goes to the circle that it was shown to belong to, whoever named it', async (t) => {
  const dir = await t.tmp()
  let keeper = await openKeeper(t, dir)
  const peer = await openPeer(t)
  const stranger = await openPeer(t)
  // A private group names a core of an open one, before that one opens it.
  const core = await coreIn(keeper, 'named', B)
  const ours = keeper.session({ circle: A }).get({ key: core.key })
  await ours.ready()
  let [line, other] = [connect(t, keeper, peer), connect(t, keeper, stranger)]
  keeper.admit(line.mux, A)
  keeper.admit(other.mux, B)
  t.absent(await gets(peer, core), 'before anything was shown')
  keeper.prove(core.key, A)
  t.ok(await gets(peer, core, 0, 10_000))
  await core.append(b4a.from('new'))
  t.absent(await gets(stranger, core, 1), 'nor does the other one keep it')
  keeper.prove(core.key, B)
  t.ok(await gets(peer, core, 1, 10_000), 'what was shown first stays')
  await keeper.close()

  keeper = await openKeeper(t, dir)
  ;[line, other] = [connect(t, keeper, peer), connect(t, keeper, stranger)]
  const claimed = keeper.session({ circle: B }).get({ key: core.key })
  keeper.admit(other.mux, B)
  await claimed.ready()
  t.absent(await gets(stranger, core, 1), 'also after a restart')
})

test('what was shown of a core that is not open counts when it opens', async (t) => {
  const keeper = await openKeeper(t)
  const peer = await openPeer(t)
  const source = await openPeer(t)
  const core = source.get({ name: 'source' })
  await core.append(b4a.from('words'))
  keeper.prove(core.key, A)
  const named = keeper.session({ circle: B }).get({ key: core.key })
  await named.ready()
  const [line, feed] = [connect(t, keeper, peer), connect(t, keeper, source)]
  keeper.admit(feed.mux, A)
  t.ok(await named.get(0, { timeout: 10_000 }))
  keeper.admit(line.mux, B)
  t.absent(await gets(peer, core))
  keeper.admit(line.mux, A)
  t.ok(await gets(peer, core, 0, 10_000))
})
