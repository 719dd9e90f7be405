/** In which order files come: what a person asked for, then the rarest, then the newest. */
import test from 'brittle'

import type { Transfer } from '../../worker/files/transfers.ts'
import { localDht } from './member.ts'
import { arrived, eventually, randomFile, share, startWhole, syncOf, together } from './whole.ts'

/** Too large to be fetched with others at once. */
const SIZE = 1_200_000
const NAMES = ['pinned', 'common', 'older', 'newer'] as const

test(
  'what a person asked for comes first, then what few have, then the newest',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const founder = await startWhole(t, bootstrap)
    const us = await startWhole(t, bootstrap)
    const third = await startWhole(t, bootstrap)
    const { relayKey } = await together(founder, [us, third])
    await us.calls.setQuota({ relayKey, bytes: 1 })
    await us.calls.setLimits({ concurrent: 1 })
    const sync = syncOf(us, relayKey)
    const names = new Map<string, string>()
    const hashes: Record<string, string> = {}
    for (const name of NAMES) {
      if (name === 'older') await third.close() // of these there is but one copy
      const file = await randomFile(t, SIZE)
      await share(founder, relayKey, file)
      if (name === 'pinned' || name === 'common') await arrived(third, relayKey, file.hash)
      names.set(file.hash, name)
      hashes[name] = file.hash
      const copies = name === 'pinned' || name === 'common' ? 2 : 1
      await eventually(sync, ({ files }) => files.get(file.hash)?.providers.size === copies)
    }
    // Their records were made in the same second, perhaps.
    const at = { pinned: 10, older: 20, newer: 30, common: 40 }
    for (const name of NAMES) Object.assign(sync.files.get(hashes[name]!)!, { createdAt: at[name] })
    await us.calls.pinFile({ relayKey, hash: hashes['pinned']! })
    t.absent(
      [...sync.files.values()].some(({ here, fetching }) => here || fetching),
      'no room yet'
    )

    const begun = new Set<string>()
    us.worker.use().files.transfers.on('change', (transfer) => {
      const { phase, hash } = transfer as Transfer
      if (phase === 'running') begun.add(names.get(hash!)!)
    })
    await us.calls.setQuota({ relayKey })
    await Promise.all(Object.values(hashes).map((hash) => arrived(us, relayKey, hash)))
    t.alike([...begun], ['pinned', 'newer', 'older', 'common'])
  }
)
