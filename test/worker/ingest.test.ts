/** Events on their way into the log: which of them share an append. */
import test from 'brittle'

import { generateSecretKey, signEvents } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Group } from '../../worker/relays/group.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { Ingest } from '../../worker/serve/nostr/ingest.ts'

const secretKey = generateSecretKey()
let made = 0

/** That their signatures hold is known. */
function chat(count: number): NostrEvent[] {
  const templates = Array.from({ length: count }, () => ({
    kind: 9,
    created_at: 1_700_000_000,
    tags: [['h', 'group']],
    content: `${made++}`
  }))
  return signEvents(templates, secretKey)
}

/** A relay that accepts everything when it is let. */
function gated(): { ingest: Ingest; appends: number[]; go: () => void } {
  const appends: number[] = []
  let go = (): void => {}
  const open = new Promise<void>((resolve) => (go = resolve))
  const relay = {
    offer: async (records: RelayRecord[]): Promise<null[]> => {
      appends.push(records.length)
      await open
      return records.map(() => null)
    }
  }
  return { ingest: new Ingest({ relay } as unknown as Group, () => {}), appends, go }
}

const add = (ingest: Ingest, events: NostrEvent[]): Promise<boolean[]> =>
  Promise.all(events.map(async (event) => (await ingest.add(event, 100)).ok))

test('who sends one event after the other waits for nobody', async (t) => {
  const { ingest, appends, go } = gated()
  go()
  for (const event of chat(5)) t.is((await ingest.add(event, 100)).ok, true)
  t.alike(appends, [1, 1, 1, 1, 1])
})

test('under load an append waits a moment for more events, until they are enough', async (t) => {
  // On a machine that stands still meanwhile the moment is over before they came.
  for (let round = 0; round < 5; round++) {
    const events = chat(65)
    const { ingest, appends, go } = gated()
    const first = add(ingest, events.slice(0, 1))
    await Promise.resolve()
    const some = add(ingest, events.slice(1, 11))
    go()
    t.alike(await first, [true])
    const others = add(ingest, events.slice(11))
    const answers = [...(await some), ...(await others)]
    t.ok(answers.every((ok) => ok) && answers.length === 64, 'each has its answer')
    if (appends.length === 2) return t.alike(appends, [1, 64])
  }
  t.fail('events that came together were appended apart')
})

test('events that are few are appended when the moment is over', async (t) => {
  const events = chat(12)
  const { ingest, appends, go } = gated()
  const answers = add(ingest, events)
  go()
  t.ok((await answers).every((ok) => ok))
  t.is(
    appends.reduce((sum, count) => sum + count, 0),
    12
  )
})
