/** An admin whose clock is off: told so, kept from speaking for the relay, and no work for others. */
import test from 'brittle'

import type { PeerInfo } from '../../protocol/file-channel/channel.ts'
import type { HypertunaError } from '../../protocol/errors.ts'
import { AdminTurn } from '../../worker/relays/admin-turn.ts'
import { clockAmong, readingsOf } from '../../worker/relays/clocks.ts'
import type { RelayFacts } from '../../worker/relays/state.ts'
import { steadySeconds } from '../../worker/steady.ts'
import { seats } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { until } from './member.ts'

const DAY = 86_400
const admins = ['creator', 'ada', 'ben']

const tell = (told: Record<string, number>): { pubkey: string; ahead: number }[] =>
  Object.entries(told).map(([pubkey, days]) => ({ pubkey, ahead: days * DAY }))

test('whose word counts about our clock', (t) => {
  const held = (own: string, told: Record<string, number>): boolean =>
    clockAmong(tell(told), { own, admins }).held
  t.absent(held('ada', {}), 'nobody is there')
  t.absent(held('ada', { creator: 0.4 }), 'hours are nothing')
  t.ok(held('ada', { creator: -2 }), 'we are ahead of the creator')
  t.ok(held('ada', { creator: 2 }), 'or behind it')
  t.absent(held('ben', { creator: 0, ada: -2 }), 'half of them is not most')
  t.absent(held('ada', { creator: 2, ben: 0 }), 'not even with the creator')
  t.absent(held('creator', { ada: -2 }), 'one junior alone silences nobody')
  t.ok(held('creator', { ada: -2, ben: -2 }), 'two do')
  t.absent(held('creator', { ada: -2, ben: 2 }), 'when they say the same')
  t.absent(held('creator', { x: -2, y: -2, z: -2 }), 'whoever is no admin does not')
  t.absent(held('ada', { ada: -2 }), 'nor do our own devices')
  const ahead = (told: Record<string, number>): number =>
    clockAmong(tell(told), { own: 'creator', admins }).ahead / DAY
  t.is(ahead({ x: -2, y: -3, z: 0 }), 3, 'but a person is told')
  t.is(ahead({ x: -2, y: 2 }), 0)
  t.is(ahead({ x: 400 }), -400)
})

interface Scene {
  turn: AdminTurn
  clock: { now: number }
  told: (string | null)[]
  looked: number
  peers: PeerInfo[]
}

function scene(own: string): Scene {
  const clock = { now: 1_000_000 }
  const made = { clock, told: [], looked: 0, peers: [] } as unknown as Scene
  made.turn = new AdminTurn({
    relay: { facts: { burnt: null } as RelayFacts, admins },
    pubkey: own,
    peers: () => made.peers,
    soon: () => void made.looked++,
    onclock: (problem: HypertunaError | null) => made.told.push(problem?.message ?? null),
    now: () => clock.now
  })
  return made
}

/** Somebody on a connection, whose clock is so many days ahead of ours. */
function peer(pubkey: string, days: number): PeerInfo {
  const clock = Math.floor(Date.now() / 1000) + days * DAY - steadySeconds()
  return { role: 'member', pubkey, driveKey: null, members: null, clock }
}

test('an admin whose clock is off is told, and leaves the relay’s word to others', (t) => {
  const { turn, told, peers } = scene('ada')
  t.teardown(() => turn.stop())
  t.ok(turn.take(), 'alone it speaks for the relay')
  peers.push(peer('creator', -2))
  t.is(turn.take(), null)
  turn.take()
  t.is(told.length, 1, 'told once')
  t.ok(told[0]?.startsWith('This computer’s clock is 2 days ahead of the other members’'))
  peers[0] = peer('creator', 0)
  t.is(turn.take(), null, 'now it is the creator’s turn')
  t.is(told[1], null, 'and over')
  const [set] = readingsOf([peer('creator', 3)], Date.now() / 1000 + 3 * DAY)
  t.ok(Math.abs(set!.ahead) < 60, 'also of who was connected when ours was set right')
})

test('who is passed over for its clock holds up nobody', (t) => {
  // The creator's clock is two days ahead of all others'.
  const days: Record<string, number> = { creator: 2, ada: 0, ben: 0 }
  const acting = admins.filter((own) => {
    const { turn, peers } = scene(own)
    t.teardown(() => turn.stop())
    for (const other of admins) {
      if (other !== own) peers.push(peer(other, days[other]! - days[own]!))
    }
    return turn.take() !== null
  })
  t.alike(acting, ['ada'])
})

test('what is dated far ahead again and again makes the key anew ever more rarely', (t) => {
  const { turn, clock } = scene('creator')
  t.teardown(() => turn.stop())
  const { maySpend } = turn.take()!
  const spent: number[] = []
  for (let minute = 0; minute < 24 * 60; minute++, clock.now += 60_000) {
    if (maySpend()) spent.push(minute)
  }
  t.alike(spent.slice(0, 4), [0, 1, 3, 7])
  t.ok(spent.length < 32, `${spent.length} times in a day`)
})

test('members tell each other their clocks', { timeout: 60_000 }, async (t) => {
  const all = await seats(t, 1, 'private')
  for (const { group } of all as [Seat, Seat]) {
    await until(() => group.link?.members().length === 1, group)
    const [reading] = readingsOf(group.link!.members().flatMap(({ peer }) => peer ?? []))
    t.ok(reading !== undefined && Math.abs(reading.ahead) < 60)
  }
})
