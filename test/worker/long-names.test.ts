/** Files whose names are longer than file systems allow. */
import b4a from 'b4a'
import test from 'brittle'

import { openFeed } from './feeds.ts'
import { localDht } from './member.ts'
import { randomFile, share, startWhole, together } from './whole.ts'

test('a file with a very long name arrives, with a shorter one', { timeout: 90_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const mara = await startWhole(t, bootstrap)
  const ivo = await startWhole(t, bootstrap)
  const { relayKey } = await together(mara, [ivo])
  const heard = openFeed(t, ivo, 'conversation', { relayKey, limit: 50 })
  const seen = openFeed(t, mara, 'conversation', { relayKey, limit: 50 })
  for (const name of [
    `${'n'.repeat(300)}.txt`,
    `${'ñ'.repeat(300)}.txt`,
    `${'𓆉'.repeat(90)}.txt`
  ]) {
    const file = await randomFile(t, 2000)
    await share(mara, relayKey, { ...file, name })
    for (const feed of [seen, heard]) {
      const { events } = await feed.wanted(({ events }) =>
        events.some(({ files }) => files.some(({ hash }) => hash === file.hash))
      )
      const shown = events.flatMap(({ files }) => files).find(({ hash }) => hash === file.hash)
      t.ok(shown?.name?.endsWith('.txt'), 'it still says what it is')
      t.ok(b4a.byteLength(shown?.name ?? '') <= 255)
    }
  }
})
