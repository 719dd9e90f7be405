/** That a file came is said to the others, whoever looks at it first. */
import test from 'brittle'

import { localDht } from './member.ts'
import { eventually, randomFile, share, startWhole, syncOf, together } from './whole.ts'

test('who fetched a file says so, also when nobody looks again', { timeout: 40_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const [founder, other] = await Promise.all([startWhole(t, bootstrap), startWhole(t, bootstrap)])
  const { relayKey } = await together(founder, [other])
  // As when what changed was looked at before the look at what changed began
  other.worker.use().drive.removeAllListeners('change')
  const file = await randomFile(t, 1000)
  await share(founder, relayKey, file)
  await eventually(
    syncOf(founder, relayKey),
    ({ files }) => files.get(file.hash)?.providers.size === 2
  )
  t.pass('before the next sweep')
})
