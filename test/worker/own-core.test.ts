/** How long is waited for others before something is written. */
import Corestore from 'corestore'
import test from 'brittle'

import { askCopies } from '../../worker/own-core.ts'
import { localDht } from './member.ts'
import { startWhole, together } from './whole.ts'
import { poll } from '../poll.ts'

const FOR_EVER = 2 ** 31

test('nobody is waited for who is not to be expected', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const core = store.get({ name: 'own' })
  await core.ready()
  const never = (): boolean => false
  t.alike(await askCopies(core, FOR_EVER, never, () => true), { answered: false, ahead: null })
  t.alike(
    await askCopies(core, 0, never, never),
    { answered: false, ahead: null },
    'nor beyond the time'
  )
})

test('who is alone finds out', { timeout: 60_000 }, async (t) => {
  const whole = await startWhole(t, await localDht(t))
  await together(whole, [])
  const { network } = whole.worker.use()
  await poll(() => network.isQuiet)
  t.is(network.peers, 0)
})
