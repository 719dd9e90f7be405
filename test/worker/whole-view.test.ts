/** What a member has of the view that others signed: all of it, the log first. */
import test from 'brittle'
import type { Assert } from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'

import type { View } from '../../worker/relays/apply.ts'
import { WholeView } from '../../worker/relays/whole-view.ts'

const BLOCKS = 400

type Cores = Record<'log' | 'state', Hypercore>

async function write(t: Assert): Promise<{ store: Corestore; cores: Cores }> {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const make = async (name: string): Promise<Hypercore> => {
    const core = store.get({ name })
    await core.append(Array.from({ length: BLOCKS }, (_, i) => b4a.from(`${name} ${i}`)))
    return core
  }
  return { store, cores: { log: await make('log'), state: await make('state') } }
}

/** Another device that knows how much there is, and has nothing of it. */
async function meet(
  t: Assert,
  { store: theirs, cores }: { store: Corestore; cores: Cores }
): Promise<{ store: Corestore; cores: Cores; part(): void }> {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const [a, b] = [theirs.replicate(true), store.replicate(false)]
  a.pipe(b).pipe(a)
  const part = (): void => {
    a.destroy()
    b.destroy()
  }
  t.teardown(part)
  const open = async ({ key }: Hypercore): Promise<Hypercore> => {
    const core = store.get({ key })
    await core.ready()
    await core.update({ wait: true })
    return core
  }
  return { store, cores: { log: await open(cores.log), state: await open(cores.state) }, part }
}

const viewOf = ({ log, state }: Cores): View => ({ log, state: { core: state } }) as unknown as View

/** Blocks that are here. */
function held({ core, length }: Hypercore): number {
  let count = 0
  for (let i = core.bitfield.firstSet(0); i !== -1 && i < length; count++) {
    i = core.bitfield.firstSet(i + 1)
  }
  return count
}

/** Resolves once a core has so many blocks. */
function untilHeld(core: Hypercore, blocks: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (held(core) < blocks) return
      core.off('download', look)
      resolve()
    }
    core.on('download', look)
    look()
  })
}

test('all of it comes, the log before the state', async (t) => {
  const { cores } = await meet(t, await write(t))
  const whole = new WholeView()
  t.teardown(() => whole.stop())
  const begun = new Promise<number>((resolve) =>
    cores.state.once('download', () => resolve(held(cores.log)))
  )
  whole.keep(viewOf(cores))
  t.is(await begun, BLOCKS, 'the log was whole')
  await untilHeld(cores.state, BLOCKS)
  t.pass('and so is the state')
})

test('a log that nobody has all of does not keep the state away', async (t) => {
  const half = await meet(t, await write(t))
  const some = half.cores.log.download({ start: 0, end: BLOCKS - 10 })
  await Promise.all([some.done(), half.cores.state.download({ start: 0, end: BLOCKS }).done()])
  half.part()

  const { cores } = await meet(t, half)
  const whole = new WholeView(50)
  t.teardown(() => whole.stop())
  whole.keep(viewOf(cores))
  await untilHeld(cores.state, BLOCKS)
  await untilHeld(cores.log, BLOCKS - 10)
  t.pass('all that there is')
})
