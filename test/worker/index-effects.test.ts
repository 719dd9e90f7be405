/**
 * Deletions, removals and their undoing in the index, beside a naive model: of any
 * log, read from its beginning, what is to be seen.
 */
import test from 'brittle'
import type { Assert } from 'brittle'
import { parseFilter } from '../../protocol/filter.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { EventIndex } from '../../worker/relays/event-index.ts'
import { isAct, isDeleting, isReplaceable } from '../../worker/relays/kinds.ts'
import { countEvents } from '../../worker/relays/query.ts'
import { ask, hex, makeEvent, makeSource, openIndex, random } from './index-fixture.ts'
import type { Source } from './index-fixture.ts'

const START = 1_700_000_000
type Next = (below: number) => number

/** Positions that an act takes back, and those that it lets be again, by the act's event. */
type Plans = Map<string, { gone: number[]; back: number[] }>

const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id)

async function scene(t: Assert): Promise<{ index: EventIndex; source: Source }> {
  const source = makeSource()
  return { source, index: await openIndex(t, source, (await t.tmp()) + '/index') }
}

/** What is to be seen after a log, and what the state would know of its acts. */
function model(
  events: NostrEvent[],
  plans: Plans
): { seen: Set<string>; changes: Source['changes'] } {
  const retracted = new Set<number>()
  const changes: Source['changes'] = new Map()
  for (const [position, { id }] of events.entries()) {
    const plan = plans.get(id)
    if (plan === undefined) continue
    const past = events.slice(0, position)
    const before = visible(past, retracted)
    const gone = carryOut(plan, past, retracted)
    const after = visible(past, retracted)
    const own = new Map(gone.map((at) => [at, false]))
    for (let at = 0; at < position; at++) {
      if (before.has(at) !== after.has(at)) own.set(at, after.has(at))
    }
    const changed = Array.from(own, ([at, shown]) => ({ position: at, visible: shown }))
    changes.set(position, changed)
  }
  const seen = new Set<string>()
  for (const position of visible(events, retracted)) seen.add(events[position]!.id)
  return { seen, changes }
}

/** @returns what was taken back */
function carryOut(
  { gone, back }: { gone: number[]; back: number[] },
  past: NostrEvent[],
  retracted: Set<number>
): number[] {
  const leaving = gone.filter((at) => at < past.length && !retracted.has(at))
  for (const at of leaving) retracted.add(at)
  for (const at of back) {
    if (at < past.length && !standsTwice(past, at, retracted)) retracted.delete(at)
  }
  return leaving
}

function retractedIn(events: NostrEvent[], plans: Plans): Set<number> {
  const retracted = new Set<number>()
  for (const [position, { id }] of events.entries()) {
    const plan = plans.get(id)
    if (plan !== undefined) carryOut(plan, events.slice(0, position), retracted)
  }
  return retracted
}

/** Who brings what is here already brings nothing. */
function standsTwice(events: NostrEvent[], at: number, retracted: Set<number>): boolean {
  return events.some(({ id }, i) => i !== at && id === events[at]!.id && !retracted.has(i))
}

/** The positions of what is to be seen. */
function visible(events: NostrEvent[], retracted: Set<number>): Set<number> {
  const seen = new Set<number>()
  for (const [position, event] of events.entries()) {
    if (retracted.has(position)) continue
    const gone = events.some((other, at) => {
      if (at === position || retracted.has(at)) return false
      if (at > position && deletes(other, event)) return true
      return supersedes(other, event)
    })
    if (!gone) seen.add(position)
  }
  return seen
}

function supersedes(other: NostrEvent, event: NostrEvent): boolean {
  const address = addressOf(other)
  if (address === null || address !== addressOf(event)) return false
  if (other.created_at !== event.created_at) return other.created_at > event.created_at
  return other.id < event.id
}

function addressOf({ kind, pubkey, tags }: NostrEvent): string | null {
  if (isReplaceable(kind)) return `${kind}:${pubkey}:`
  if (kind < 30000) return null
  return `${kind}:${pubkey}:${tags.find(([name]) => name === 'd')?.[1]}`
}

function deletes(by: NostrEvent, target: NostrEvent): boolean {
  const own = by.pubkey === target.pubkey
  if (isAct(target.kind)) return false
  if (isDeleting(target.kind) && (by.kind !== 62 || target.kind !== 5)) return false
  if (by.kind === 62) return own && target.created_at <= by.created_at
  const names = by.tags.some(([name, id]) => name === 'e' && id === target.id)
  if (by.kind === 9005) return names
  if (by.kind !== 5 || !own) return false
  if (names) return true
  const address = addressOf(target)
  return (
    target.created_at <= by.created_at &&
    address !== null &&
    by.tags.some(([name, value]) => name === 'a' && value === address)
  )
}

/** A log of few authors and addresses, so that much meets. */
function grow(events: NostrEvent[], plans: Plans, ids: { next: number }, next: Next): void {
  for (let count = next(40); count > 0; count--) {
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
    const event = makeEvent(ids.next++, { pubkey, created_at, kind, tags })
    if (isAct(kind)) plans.set(event.id, somePlan(events, next))
    events.push(next(8) === 0 ? (comesAgain(events, plans, next) ?? event) : event)
  }
}

function somePlan(events: NostrEvent[], next: Next): { gone: number[]; back: number[] } {
  const some = (): number[] =>
    [...new Set(Array.from({ length: next(6) }, () => next(events.length + 1)))].filter(
      (at) => at < events.length && !isAct(events[at]!.kind)
    )
  const gone = some()
  return { gone, back: some().filter((at) => !gone.includes(at)) }
}

/** What was taken back may be brought by somebody else, whose word counts. */
function comesAgain(events: NostrEvent[], plans: Plans, next: Next): NostrEvent | null {
  if (next(2) === 0) return null
  const retracted = [...retractedIn(events, plans)]
  return events[retracted[next(retracted.length)] ?? -1] ?? null
}

/** A log has nothing twice that stands, and no version after a newer one that stands. */
function possible(events: NostrEvent[], plans: Plans): NostrEvent[] {
  const kept: NostrEvent[] = []
  for (const event of events) {
    const gone = retractedIn(kept, plans)
    const refused = kept.some(
      (other, at) => !gone.has(at) && (other.id === event.id || supersedes(other, event))
    )
    if (!refused) kept.push(event)
  }
  return kept
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
      const ids = { next: seed * 100_000 }
      const { events } = source.log
      for (let round = 0; round < 14; round++, rounds++) {
        if (next(3) === 0) events.splice(next(events.length + 1))
        if (next(8) === 0) events.splice(next(events.length), 1)
        grow(events, plans, ids, next)
        events.splice(0, events.length, ...possible(events, plans))
        const { seen, changes } = model(events, plans)
        source.changes.clear()
        for (const [position, change] of changes) source.changes.set(position, change)
        const found = idsOf(await ask(index, [{ limit: 5000 }], START))
        const reader = (await index.read())!
        const { count } = await countEvents(reader, [parseFilter({})], { now: START })
        await reader.close()
        const same = JSON.stringify(found.toSorted()) === JSON.stringify([...seen].toSorted())
        if (same && count === seen.size) continue
        wrong++
        t.comment(`seed ${seed}, round ${round}: ${found.length} of ${seen.size}, counted ${count}`)
        break
      }
      await index.close()
    }
    t.is(wrong, 0, `${rounds} rounds`)
  }
)

test('an address is deleted up to a time, and comes back with a newer version', async (t) => {
  const { index, source } = await scene(t)
  const { events } = source.log
  const author = hex(0, 'author')
  const article = (n: number, at: number): NostrEvent =>
    makeEvent(n, { kind: 30023, created_at: START + at, tags: [['d', 'a']] })
  events.push(article(1, 1), article(2, 2))
  const tags = [
    ['a', `30023:${author}:a`],
    ['a', `30023:${hex(9)}:a`]
  ]
  events.push(makeEvent(3, { kind: 5, created_at: START + 2, tags }))
  t.alike(await ask(index, [{ kinds: [30023] }]), [])
  events.push(article(4, 3))
  t.alike(idsOf(await ask(index, [{ kinds: [30023] }])), [hex(4)])
  events.splice(2)
  t.alike(idsOf(await ask(index, [{ kinds: [30023] }])), [hex(2)])
})

test('of an address that is longer than any is, as much is deleted as in the state', async (t) => {
  const { index, source } = await scene(t)
  const { events } = source.log
  const long = 'x'.repeat(1025)
  const author = hex(0, 'author')
  events.push(makeEvent(1, { kind: 30023, tags: [['d', long]] }))
  events.push(makeEvent(2, { kind: 30023, tags: [['d', long.slice(1)]] }))
  const tags = [long, long.slice(1)].map((d) => ['a', `30023:${author}:${d}`])
  events.push(makeEvent(3, { kind: 5, tags }))
  t.alike(idsOf(await ask(index, [{ kinds: [30023] }])), [hex(1)], 'nothing of it')
})

test('who vanishes takes everything along up to then', async (t) => {
  const { index, source } = await scene(t)
  const other = hex(1, 'author')
  source.log.events.push(makeEvent(0), makeEvent(1, { pubkey: other }), makeEvent(9))
  const own = makeEvent(8, { kind: 5, created_at: START + 1, tags: [['e', hex(9)]] })
  source.log.events.push(own)
  source.log.events.push(makeEvent(2, { kind: 62 }))
  t.alike(idsOf(await ask(index, [{}])), [hex(2), hex(1)], 'its deletion too, not what that did')
  source.log.events.splice(3)
  t.is((await ask(index, [{}])).length, 3)
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
    { position: 0, visible: true },
    { position: 1, visible: true },
    { position: 2, visible: false },
    { position: 3, visible: false }
  ])
  events.push(makeEvent(4, { kind: 9001 }))
  t.alike(idsOf(await ask(index, [{ kinds: [0, 9] }])), [hex(1), hex(0)], 'the deletion as well')
  source.changes.set(5, [
    { position: 0, visible: false },
    { position: 2, visible: true }
  ])
  events.push(makeEvent(5, { kind: 9000 }))
  t.alike(idsOf(await ask(index, [{ kinds: [0, 9] }])), [hex(2), hex(1)])
  events.splice(4)
  t.alike(idsOf(await ask(index, [{ kinds: [0, 9] }])), [hex(2)], 'as it was')
})
