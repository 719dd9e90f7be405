/**
 * Deletions, removals and their undoing in the index, beside a naive model: of any
 * log, read from its beginning, what is to be seen.
 */
import test from 'brittle'
import type { Assert } from 'brittle'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { EventIndex } from '../../worker/relays/event-index.ts'
import { isAct, isReplaceable } from '../../worker/relays/kinds.ts'
import { countEvents } from '../../worker/relays/query.ts'
import { parseFilter } from '../../protocol/filter.ts'
import { ask, hex, makeEvent, makeSource, openIndex, random } from './index-fixture.ts'
import type { Source } from './index-fixture.ts'

const START = 1_700_000_000
type Next = (below: number) => number
type Changes = { position: number; visible: boolean }[]

const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id)

async function scene(t: Assert): Promise<{ index: EventIndex; source: Source }> {
  const source = makeSource()
  return { source, index: await openIndex(t, source, (await t.tmp()) + '/index') }
}

/** The changes that acts are to make, by the act's event. */
type Plans = Map<string, Changes>

/** What is to be seen after a log, and what the state would know of it. */
function model(
  events: NostrEvent[],
  plans: Plans
): { seen: Set<string>; source: Pick<Source, 'changes' | 'deletions'> } {
  const retracted = new Set<string>()
  const changes: Source['changes'] = new Map()
  for (const [position, { id }] of events.entries()) {
    const plan = (plans.get(id) ?? []).filter((change) => change.position < position)
    if (plan.length > 0) changes.set(position, plan)
    for (const change of plan) {
      const target = events[change.position]!.id
      if (change.visible) retracted.delete(target)
      else retracted.add(target)
    }
  }
  const deletions: Source['deletions'] = new Map()
  for (const [position, event] of events.entries()) {
    if (retracted.has(event.id)) continue
    for (const target of events.slice(0, position)) {
      if (!deletes(event, target)) continue
      deletions.set(target.id, [...(deletions.get(target.id) ?? []), event.id])
    }
  }
  const seen = new Set<string>()
  for (const event of events) {
    if (retracted.has(event.id) || deletions.has(event.id)) continue
    const newer = events.some(
      (other) =>
        other !== event &&
        !retracted.has(other.id) &&
        addressOf(other) !== null &&
        addressOf(other) === addressOf(event) &&
        (other.created_at > event.created_at ||
          (other.created_at === event.created_at && other.id < event.id))
    )
    if (!newer) seen.add(event.id)
  }
  return { seen, source: { changes, deletions } }
}

function addressOf({ kind, pubkey, tags }: NostrEvent): string | null {
  if (isReplaceable(kind)) return `${kind}:${pubkey}:`
  if (kind < 30000) return null
  return `${kind}:${pubkey}:${tags.find(([name]) => name === 'd')?.[1]}`
}

function deletes(by: NostrEvent, target: NostrEvent): boolean {
  const own = by.pubkey === target.pubkey
  if (isAct(target.kind) || target.kind === 62) return false
  if (by.kind === 62) return own && target.created_at <= by.created_at
  const names = by.tags.some(([name, id]) => name === 'e' && id === target.id)
  if (by.kind === 9005) return names
  if (by.kind !== 5 || !own) return false
  if (names && target.kind !== 5) return true
  const address = addressOf(target)
  return (
    target.created_at <= by.created_at &&
    address !== null &&
    by.tags.some(([name, value]) => name === 'a' && value === address)
  )
}

/** A log of few authors and addresses, so that much meets. */
function grow(events: NostrEvent[], plans: Plans, count: number, start: number, next: Next): void {
  for (let n = start; n < start + count; n++) {
    const pubkey = hex(next(3), 'author')
    const created_at = START + next(100)
    const kind = [9, 9, 9, 0, 30023, 30023, 5, 9005, 62, 9001, 9000][next(next(3) === 0 ? 11 : 6)]!
    const tags: string[][] = []
    if (kind === 30023) tags.push(['d', 'ab'[next(2)]!])
    if (kind === 5 || kind === 9005) {
      for (let i = next(4); i > 0 && events.length > 0; i--) {
        tags.push(['e', events[next(events.length)]!.id])
      }
      if (next(2) === 0) tags.push(['a', [`0:${pubkey}:`, `30023:${pubkey}:a`][next(2)]!])
    }
    const event = makeEvent(n, { pubkey, created_at, kind, tags })
    if (kind === 9000 || kind === 9001) plans.set(event.id, somePlan(events, kind, next))
    events.push(event)
  }
}

/** A removal takes acts back seldom, as the others have to stand for that. */
function somePlan(events: NostrEvent[], kind: number, next: Next): Changes {
  const positions = new Set(Array.from({ length: next(6) }, () => next(events.length + 1)))
  return [...positions]
    .filter((position) => position < events.length && !isAct(events[position]!.kind))
    .map((position) => ({ position, visible: kind === 9000 }))
}

test(
  'any log, grown, cut and grown again, shows what reading it from its beginning shows',
  { timeout: 120_000 },
  async (t) => {
    let wrong = 0
    let rounds = 0
    for (let seed = 1; seed <= 24; seed++) {
      const next = random(seed)
      const { index, source } = await scene(t)
      const plans: Plans = new Map()
      const { events } = source.log
      for (let round = 0; round < 14; round++, rounds++) {
        if (next(3) === 0) events.splice(next(events.length + 1))
        if (next(8) === 0 && events.length > 1) events.splice(next(events.length - 1), 1)
        grow(events, plans, next(40), seed * 100_000 + round * 1000, next)
        const { seen, source: state } = model(events, plans)
        replace(source.changes, state.changes)
        replace(source.deletions, state.deletions)
        const found = idsOf(await ask(index, [{ limit: 5000 }], START))
        const reader = (await index.read())!
        const { count } = await countEvents(reader, [parseFilter({})], { now: START })
        await reader.close()
        if (
          JSON.stringify(found.sort()) === JSON.stringify([...seen].sort()) &&
          count === seen.size
        )
          continue
        wrong++
        t.comment(`seed ${seed}, round ${round}: ${found.length} of ${seen.size}, counted ${count}`)
        break
      }
      await index.close()
    }
    t.is(wrong, 0, `${rounds} rounds`)
  }
)

function replace<K, V>(map: Map<K, V>, by: Map<K, V>): void {
  map.clear()
  for (const [key, value] of by) map.set(key, value)
}

test('an address is deleted up to a time, and comes back with a newer version', async (t) => {
  const { index, source } = await scene(t)
  const { events } = source.log
  const author = hex(0, 'author')
  const article = (n: number, at: number): NostrEvent =>
    makeEvent(n, { kind: 30023, created_at: START + at, tags: [['d', 'a']] })
  events.push(article(1, 1), article(2, 2))
  const a = ['a', `30023:${author}:a`]
  events.push(
    makeEvent(3, { kind: 5, created_at: START + 2, tags: [a, ['a', `30023:${hex(9)}:a`]] })
  )
  t.alike(await ask(index, [{ kinds: [30023] }]), [])
  events.push(article(4, 3))
  t.alike(idsOf(await ask(index, [{ kinds: [30023] }])), [hex(4)])
  events.splice(2)
  t.alike(idsOf(await ask(index, [{ kinds: [30023] }])), [hex(2)])
})

test('a removal takes back what its changes say, and its undoing brings it back', async (t) => {
  const { index, source } = await scene(t)
  const { events } = source.log
  const profile = (n: number): NostrEvent => makeEvent(n, { kind: 0, created_at: START + n })
  events.push(
    profile(0),
    makeEvent(1),
    profile(2),
    makeEvent(3, { kind: 5, tags: [['e', hex(1)]] })
  )
  t.alike(idsOf(await ask(index, [{ kinds: [0, 9] }])), [hex(2)])
  source.changes.set(4, [
    { position: 2, visible: false },
    { position: 3, visible: false }
  ])
  events.push(makeEvent(4, { kind: 9001 }))
  t.alike(idsOf(await ask(index, [{ kinds: [0, 9] }])), [hex(1), hex(0)], 'the deletion as well')
  source.changes.set(5, [{ position: 2, visible: true }])
  events.push(makeEvent(5, { kind: 9000 }))
  t.alike(idsOf(await ask(index, [{ kinds: [0, 9] }])), [hex(2), hex(1)])
  events.splice(4)
  t.alike(idsOf(await ask(index, [{ kinds: [0, 9] }])), [hex(2)], 'as it was')
})
