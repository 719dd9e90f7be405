/** Copies are made where there are too few, by as few members as it takes. */
import test from 'brittle'

import type { FileServer } from '../../worker/serve/file-server.ts'
import { localDht } from './member.ts'
import { eventually, randomFile, share, startWhole, syncOf, together } from './whole.ts'
import type { Whole } from './whole.ts'

const PACE = { reprove: 300, retry: 300, look: 100, patience: 5000, save: 60_000 }
const SIZE = 400_000

test(
  'of members who keep what they ask for, as many fetch a file as copies are missing',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const start = (): Promise<Whole> => startWhole(t, bootstrap, undefined, { pace: PACE })
    const us = await start()
    const others = [await start(), await start(), await start()]
    const { relayKey } = await together(us, others)
    for (const { calls } of others) await calls.setKeep({ relayKey, keep: 'on-demand' })
    await Promise.all([us, ...others].map((whole) => known(whole, () => meets(whole, relayKey, 3))))
    const file = await randomFile(t, SIZE)
    await share(us, relayKey, file)
    const here = (whole: Whole): boolean =>
      syncOf(whole, relayKey).files.get(file.hash)?.here === true
    await known(us, () => us.worker.use().holdings.proved(relayKey, file.hash) === 2)
    const [spare, ...more] = others.filter((other) => !here(other))
    t.is(more.length, 0, 'two of three have fetched it, and one has not')
    await known(spare!, () => spare!.worker.use().holdings.proved(relayKey, file.hash) === 3)
    t.absent(here(spare!), 'who has not got it has proofs of three')
    t.is(spare!.worker.use().holdings.of(relayKey)!.isMeant(file.hash), false)

    const [liar] = others.filter((other) => here(other))
    const { link } = liar!.worker.use().relays.get(relayKey)
    const responder = link!.options.respond as FileServer
    responder.read = async function* (_peer, _hash, _offset, length) {
      yield new Uint8Array(length)
    }
    await eventually(syncOf(spare!, relayKey), ({ files }) => files.get(file.hash)?.here === true)
    t.pass('one of them proved to have lost it: the third fetched it')
  }
)

test('what is dropped stays with enough others', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const start = (): Promise<Whole> => startWhole(t, bootstrap, undefined, { pace: PACE })
  const us = await start()
  const others = [await start(), await start(), await start()]
  const { relayKey } = await together(us, others)
  await us.calls.editGroup({ relayKey, name: 'Field notes', about: '', copies: 2 })
  const file = await randomFile(t, SIZE)
  await share(us, relayKey, file)
  const all = [us, ...others]
  const mayDrop = ({ worker }: Whole): boolean =>
    worker.use().holdings.of(relayKey)!.mayDrop(file.hash)
  await Promise.all(
    all.map((whole) =>
      known(whole, () => whole.worker.use().holdings.proved(relayKey, file.hash) === 3)
    )
  )
  await Promise.all(all.map((whole) => known(whole, ({ target }) => target === 2)))
  t.is(all.filter(mayDrop).length, 2, 'two of four may, were they to do it at once')
  const spares = all.map(({ worker }) => worker.use().files.provenElsewhere(relayKey, file.hash))
  t.alike(spares.sort(), [0, 0, 3, 3], 'which is what a quota goes by')
})

/** Whether it has a live handshake with so many others. */
function meets({ worker }: Whole, relayKey: string, others: number): boolean {
  return (worker.use().relays.get(relayKey).link?.onlinePubkeys().size ?? 0) === others
}

/** Resolves when what is known of the group's holders is as it should be. */
function known({ worker }: Whole, holds: (group: { target: number }) => boolean): Promise<void> {
  const { holdings } = worker.use()
  return new Promise((resolve) => {
    const look = (): void => {
      const [group] = holdings.safety().groups
      if (group === undefined || !holds(group)) return
      holdings.off('change', look)
      resolve()
    }
    holdings.on('change', look)
    look()
  })
}
