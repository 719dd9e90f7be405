/**
 * Joining a relay with a long history: when its newest page can be read, and when
 * all of it is here and every filter is answered, with the founder gone.
 */
import { clock, RelayClient } from './relay-client.ts'
import type { Founder } from './relay.ts'
import { relayUrl, startMember } from './relay.ts'
import { watchResident } from './resident.ts'
import type { Report } from './store.ts'

const PAGE = 50
/** An index counts one term without reading: who looks on is to cost nothing. */
const ALL = { kinds: [9] }
const LOOK = 100
const LIMIT = 120_000

export async function benchJoin(
  report: Report,
  founder: Founder,
  { storage, bootstrap }: { storage: string; bootstrap: string }
): Promise<void> {
  const { relayKey, publicIdentifier } = founder
  const expected = await founder.clients[0]!.count(ALL)
  const wish = { relayKey, expiresIn: 0, uses: 1 }
  const { invite } = await founder.face.call('createInvite', wish)
  const { program, face } = await startMember(storage, bootstrap)
  const stop = watchResident([founder.program.pid, program.pid])
  try {
    const begun = clock()
    await face.first('joinRelay', { invite }, ({ phase }) => phase === 'ready')
    report('relay join until ready', (clock() - begun) / 1000, 's')
    const page = { relayKey, limit: PAGE }
    await face.first('conversation', page, ({ events }) => events.length >= PAGE)
    report('relay join until the newest page', (clock() - begun) / 1000, 's')
    const client = await RelayClient.connect(await relayUrl(face, publicIdentifier))
    await untilAll(client, expected)
    report('relay join until every filter is answered', (clock() - begun) / 1000, 's')
    await founder.program.stop()
    await checkOffline(client, expected)
    client.close()
  } finally {
    const [founders = 0, joiners = 0] = stop()
    report('relay founder memory while one joins', founders / 2 ** 20, 'MiB')
    report('relay joiner memory', joiners / 2 ** 20, 'MiB')
    await face.close()
    await program.stop()
  }
}

async function untilAll(client: RelayClient, expected: number): Promise<void> {
  const deadline = clock() + LIMIT
  for (;;) {
    const count = await client.count(ALL).catch(() => 0)
    if (count >= expected) return
    if (clock() > deadline) throw new Error(`${count} of ${expected} events came in time`)
    await new Promise((resolve) => setTimeout(resolve, LOOK))
  }
}

/** The oldest, which nobody asked for yet, and the topics in between. */
async function checkOffline(client: RelayClient, expected: number): Promise<void> {
  const oldest = await client.query({ until: 1_750_000_000 + 600, limit: 100 })
  const topic = await client.query({ '#t': ['topic-5'], limit: 5000 })
  const all = await client.query({ kinds: [9], limit: 5000 })
  if (oldest.events.length < 100 || topic.events.length === 0) throw new Error('events are missing')
  if (all.events.length < Math.min(5000, expected)) throw new Error('events are missing')
}
