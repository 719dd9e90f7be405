/** Random groups, batch by batch, beside what they are by definition. */
import test from 'brittle'
import type Corestore from 'corestore'

import { tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Cut, RelayRecord } from '../../worker/relays/records.ts'
import {
  readAdminDevices,
  readIndexers,
  readLosses,
  sameWriters
} from '../../worker/relays/indexers.ts'
import {
  isLive,
  readCards,
  readChanges,
  readMember,
  readProviders,
  readRelay,
  readWriter
} from '../../worker/relays/state.ts'
import { RULES } from '../../worker/relays/rules.ts'
import { random } from './index-fixture.ts'
import {
  carried,
  eventBy,
  hexOf,
  Kernel,
  openStore,
  person,
  writerNamed
} from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'
import { addressOf, findable, isActKind, Model, newestOf, Paradox } from './kernel-model.ts'
import type { Group } from './kernel-model.ts'

const people = ['founder', 'ada', 'ben', 'cleo', 'dan'].map(person)
const stranger = person('stranger')
/** Keys that the relay speaks with, one after the other. */
const RELAYS = ['relay', 'relay 2', 'relay 3'].map(person)
const keyOf = (pubkey: string): Person => RELAYS.find((relay) => relay.pubkey === pubkey)!
const FILES = [hexOf('file 1'), hexOf('file 2')]
const DRIVES = new Map<string, string>()
const START = 1_700_000_000
const SEEDS = 60

/** One world: the kernel, the model beside it, and what may happen next. */
class World {
  readonly kernel: Kernel
  readonly card: NostrEvent
  readonly model: Model
  readonly pick: (below: number) => number
  readonly writers: string[]
  /** Every event that anybody signed. */
  readonly events: NostrEvent[] = []
  /** Positions that a follower of the log shows. */
  readonly shown = new Map<number, NostrEvent>()
  /** What the kernel was given. */
  readonly fed: [writer: string, records: RelayRecord[]][] = []
  #followed = 0

  constructor(kernel: Kernel, card: NostrEvent, pick: (below: number) => number) {
    this.kernel = kernel
    this.card = card
    this.model = new Model(card, kernel.relayKey)
    this.pick = pick
    this.writers = [kernel.relayKey]
    for (const { name } of people) {
      this.writers.push(writerNamed(`${name} 1`), writerNamed(`${name} 2`))
    }
  }

  one<T>(all: readonly T[]): T {
    return all[this.pick(all.length)]!
  }

  sign(by: Person, kind: number, tags: string[][] = [], content?: string): NostrEvent {
    const event = eventBy(by, {
      kind,
      tags,
      at: START + this.pick(12),
      ...(content && { content })
    })
    this.events.push(event)
    return event
  }

  next(group: Group): [writer: string, record: RelayRecord] {
    const bound = [...group.writers.keys()]
    const writer = this.pick(12) === 0 ? this.one(this.writers) : this.one(bound)
    const owner = people.find(({ pubkey }) => pubkey === group.writers.get(writer)?.pubkey)
    const by = owner !== undefined && this.pick(6) > 0 ? owner : this.one([...people, stranger])
    return [writer, this.#record(by, group, writer)]
  }

  #record(by: Person, group: Group, writer: string): RelayRecord {
    const target = this.one(people)
    const p = (...roles: string[]): string[] => ['p', target.pubkey, ...roles]
    const old = this.events.length > 0 ? this.one(this.events) : this.sign(by, 9)
    const address = `30000:${by.pubkey}:${this.one(['x', 'y'])}`
    switch (this.pick(34)) {
      case 0:
      case 1:
        return carried(this.sign(by, 9))
      case 2:
        return this.#file(by)
      case 3:
      case 4:
        return carried(this.sign(by, 30000, [['d', this.one(['x', 'y'])]]))
      case 5:
        return carried(this.sign(by, 0))
      case 6:
      case 7:
        return carried(
          this.sign(by, 5, [
            ['e', old.id],
            ['e', this.one(this.events).id]
          ])
        )
      case 8:
        return carried(this.sign(by, 5, [['a', address]]))
      case 9:
        return carried(this.sign(by, 9005, [['e', old.id]]))
      case 10:
        return this.pick(3) > 0
          ? carried(this.sign(by, 9))
          : carried(this.sign(by, 62, [['relay', 'ALL_RELAYS']]))
      case 11:
        return this.#taking(this.sign(by, 9001, [p()]), group)
      case 12:
      case 13:
        return this.#taking(this.sign(by, 9000, [p()]), group)
      case 14:
      case 15:
        return this.#taking(this.sign(by, 9000, [p('admin')]), group)
      case 16:
        return this.#taking(this.sign(by, 9000, [p('moderator')]), group)
      case 17:
        return this.pick(2) === 0 ? this.#leaving(by, group) : this.#asks(by)
      case 18:
        return carried(this.sign(by, 9002, [['name', `name ${this.pick(9)}`], ['closed']]))
      case 19:
        return carried(this.sign(by, 9010, [['e', old.id]]))
      case 20:
        return carried(
          this.sign(by, 9009, [
            ['code', hexOf(`invite ${this.pick(3)}`)],
            ['uses', '1']
          ])
        )
      case 21:
        return this.#announce(writer)
      case 22:
        return carried(this.sign(this.one(RELAYS), 39000, [['d', 'field-notes']]))
      case 23:
        return this.#admission(target)
      case 24:
        return this.#card(by, group)
      case 25:
        return this.#inTheRelaysName(target, group)
      case 26:
        return this.#seal(writer, target, group)
      case 27:
        return this.#indexers()
      default: {
        const taking = old.kind === 9000 || old.kind === 9001
        return taking ? this.#taking(old, group) : carried(old)
      }
    }
  }

  #leaving(by: Person, { cards }: Group): RelayRecord {
    return carried(this.sign(by, 9022, this.pick(2) === 0 ? [] : [['card', cards.id]]))
  }

  /** The creator's, or an admin's in the name of that one. */
  #card(by: Person, { creator, cards, relayPubkey }: Group): RelayRecord {
    const isSame = this.pick(3) === 0
    const tags = [
      ['relayKey', this.kernel.relayKey],
      ['relayPubkey', isSame ? relayPubkey : this.one(RELAYS).pubkey]
    ]
    if (by.pubkey !== creator) return carried(this.sign(by, 9007, [...tags, ['card', cards.id]]))
    const admins = people.slice(1, 4).map(({ pubkey }) => ['admin', pubkey])
    return carried(this.sign(by, 9007, [...tags, ...admins]))
  }

  #inTheRelaysName(target: Person, { relayPubkey }: Group): RelayRecord {
    const relay = this.pick(4) === 0 ? this.one(RELAYS) : keyOf(relayPubkey)
    const invite = hexOf(`invite ${this.pick(3)}`)
    const code = [
      ['code', invite],
      ['uses', '2']
    ]
    if (this.pick(4) === 0) return carried(this.sign(relay, 9009, code))
    const kind = this.one([9000, 9000, 9001])
    const role = this.pick(4) === 0 ? ['admin'] : []
    const by = this.pick(3) === 0 ? [] : [['invite', invite]]
    return carried(this.sign(relay, kind, [['p', target.pubkey, ...role], ...by]))
  }

  #seal(writer: string, { pubkey: to }: Person, { relayPubkey, writers }: Group): RelayRecord {
    const from = writers.get(writer)?.pubkey ?? to
    const key = this.pick(4) === 0 ? this.one(RELAYS).pubkey : relayPubkey
    return { type: 'seal', to, from, relayPubkey: key, payload: `${this.pick(1000)}` }
  }

  /** They change nothing of the group; by whole batches they have to come to the same. */
  #indexers(): RelayRecord {
    const key = hexOf('a system core')
    const lost = this.writers.filter(() => this.pick(6) === 0).sort()
    return this.one<RelayRecord>([
      { type: 'lost', writers: lost },
      { type: 'lost', writers: [this.one(this.writers)] },
      { type: 'present' },
      { type: 'stands' },
      { type: 'pass' },
      { type: 'succeed', key, length: 1 }
    ])
  }

  /** Asks to join, by a connection that proved who asks, or by nobody knows which. */
  #asks(by: Person): RelayRecord {
    const event = this.sign(by, 9021)
    if (this.pick(2) === 0) return carried(event)
    return { type: 'event', event, proof: this.kernel.presence(by, event.created_at) }
  }

  #file(by: Person): RelayRecord {
    const imeta = ['imeta', 'url https://a.example/x', `x ${this.one(FILES)}`, 'size 5']
    return carried(this.sign(by, 1063, [imeta]))
  }

  #announce(writer: string): RelayRecord {
    const driveKey = hexOf(`drive of ${writer}`)
    DRIVES.set(writer, driveKey)
    const hashes = [this.one(FILES)]
    const held = this.pick(4) > 0
    return { type: 'announce', driveKey, held: held ? hashes : [], withdrawn: held ? [] : hashes }
  }

  #admission(of: Person): RelayRecord {
    const writer = writerNamed(`${of.name} ${1 + this.pick(2)}`)
    const code = this.pick(2) === 0 ? [] : [['code', hexOf(`invite ${this.pick(3)}`)]]
    return this.kernel.admission(of, writer, code)
  }

  /** Mostly as much as was seen; sometimes less, so that the nodes beyond come too early. */
  #taking(event: NostrEvent, group: Group): RelayRecord {
    const cuts: Cut[] = []
    for (const pubkey of tagValues(event, 'p')) {
      for (const [writer, held] of group.writers) {
        const seen = this.kernel.lengths.get(writer) ?? 0
        const length = this.pick(3) === 0 ? seen : this.pick(seen + 2)
        if (held.pubkey === pubkey && this.pick(12) > 0) cuts.push({ writer, length })
      }
    }
    return cuts.length === 0 ? carried(event) : { type: 'act', event, cuts }
  }

  /** A writer that was bound, or somebody that was a member, and is not so any more. */
  #ever = { writers: new Set<string>(), people: new Set<string>() }

  /** What falls with its admission stays away: that is not in the model. */
  wasUnmade(group: Group): boolean {
    const { writers, members, former } = group
    for (const writer of writers.keys()) this.#ever.writers.add(writer)
    for (const pubkey of [...members.keys(), ...former.keys()]) this.#ever.people.add(pubkey)
    const isEver = (pubkey: string): boolean => members.has(pubkey) || former.has(pubkey)
    return (
      [...this.#ever.writers].some((writer) => !writers.has(writer)) ||
      [...this.#ever.people].some((pubkey) => !isEver(pubkey))
    )
  }

  /** Goes on in the log from where it stopped, and never back. */
  async follow(): Promise<void> {
    const log = await this.kernel.log()
    for (; this.#followed < log.length; this.#followed++) {
      const position = this.#followed
      const event = log[position]!
      for (const [other, held] of this.shown) if (this.#hides(event, held)) this.shown.delete(other)
      this.shown.set(position, event)
      if (!isActKind(event.kind)) continue
      for await (const change of readChanges(this.kernel.state, position)) {
        if (change.visible) this.shown.set(change.position, log[change.position]!)
        else this.shown.delete(change.position)
      }
    }
  }

  #hides(event: NostrEvent, held: NostrEvent): boolean {
    if (event.id === held.id) return true
    const address = addressOf(event)
    if (address !== null) return address === addressOf(held)
    const fixed = isActKind(held.kind) || held.kind >= 39000
    if (fixed || [62, 9005].includes(held.kind)) return false
    if (held.kind === 5 && event.kind !== 62) return false
    const named = tagValues(event, 'e').includes(held.id)
    if (event.kind === 9005) return named
    if (event.pubkey !== held.pubkey) return false
    if (event.kind === 62) return held.created_at <= event.created_at
    if (event.kind !== 5) return false
    const version = tagValues(event, 'a').includes(addressOf(held) ?? 'none')
    return named || (version && held.created_at <= event.created_at)
  }
}

async function compare(world: World, where: string): Promise<string[]> {
  const { kernel, model } = world
  const wrong: string[] = []
  const same = (what: string, is: unknown, should: unknown): void => {
    const [a, b] = [JSON.stringify(is), JSON.stringify(should)]
    if (a !== b) wrong.push(`${where}: ${what}\n   is     ${a}\n   should ${b}`)
  }
  const { group, standing } = model.group()
  const entries = await kernel.entries()
  const under = <T>(prefix: string, of: (value: T, key: string) => unknown): unknown[] =>
    [...entries]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), of(value as T, key)])
  const sorted = (all: Iterable<unknown>): unknown[] =>
    [...all].sort((a, b) => (String(a) < String(b) ? -1 : 1))
  type Kept = {
    role: string
    rank: number
    name: string
    pins: unknown
    uses: number
    used: number
  }
  type Sealed = { from: string; relayPubkey: string }
  type Bound = { pubkey: string; left?: true } & Record<'cut' | 'acts' | 'mods', number | null>
  same(
    'members',
    under<Kept>('member:', ({ role, rank }) => [role, rank]),
    sorted([...group.members].map(([pubkey, { role, rank }]) => [pubkey, [role, rank]]))
  )
  same(
    'former',
    under('former:', (why) => why),
    sorted(group.former)
  )
  same(
    'pending',
    under('pending:', () => 0),
    sorted([...group.pending].map((p) => [p, 0]))
  )
  same(
    'invites',
    under<Kept>('invite:', ({ uses, used }) => [uses, used]),
    sorted([...group.invites].map(([code, { uses, used }]) => [code, [uses, used]]))
  )
  same(
    'writers',
    under<Bound>('writer:', ({ pubkey, cut, acts, mods, left }) => [
      pubkey,
      left === true,
      cut,
      acts,
      mods
    ]),
    sorted(
      [...group.writers].map(([writer, { pubkey, cut, acts, mods, left }]) => [
        writer,
        [pubkey, left, ...[cut, acts, mods].map((n) => (n === Infinity ? null : n))]
      ])
    )
  )
  const relay = await readRelay(kernel.state)
  same('name', relay?.name, group.name)
  same('relay key', relay?.relayPubkey, group.relayPubkey)
  same('burnt', relay?.burnt, group.burnt)
  same(
    'sealed',
    under<Sealed>('sealed:', ({ from, relayPubkey }) => [from, relayPubkey]),
    sorted([...group.sealed].map(([to, { from, relayPubkey }]) => [to, [from, relayPubkey]]))
  )
  const { id, admins, resigned, delegated } = group.cards
  const cards = await readCards(kernel.state)
  same(
    'cards',
    [cards?.creators.id, cards?.admins, cards?.resigned.map(({ pubkey }) => pubkey)],
    [id, admins, resigned]
  )
  same('in its name', cards?.delegated?.by, delegated?.by)
  wrong.push(...(await indexersOf(kernel, where)))
  same('pins', JSON.stringify(relay?.pins), group.pins)
  const inAutobase = [...group.writers].filter(
    ([, { pubkey, cut, left }]) => cut === Infinity && !left && group.members.has(pubkey)
  )
  // The last one that signs stays in, whoever it is, and so does a founder that was it.
  const alone = group.members.has(group.creator) ? [] : [kernel.relayKey]
  const others = (writers: Iterable<string>): unknown[] =>
    sorted([...writers].filter((writer) => ![...alone, ...kernel.indexers].includes(writer)))
  same('host', others(kernel.host), others(inAutobase.map(([writer]) => writer)))

  const counting = model.counting(group)
  const visible = new Set([...findable(counting), ...standing])
  const live = await Promise.all(
    world.events.map(async ({ id }) => ((await isLive(kernel.state, id)) ? [id] : []))
  )
  const older = [...counting.values()].filter((event) => {
    const address = addressOf(event)
    return address !== null && newestOf(counting).get(address) !== event.id
  })
  const found = live.flat().filter((id) => !older.some((event) => event.id === id))
  const known = new Map(world.events.map((event) => [event.id, event.kind]))
  const named = (ids: Iterable<string>): unknown[] =>
    sorted([...ids].flatMap((id) => (known.has(id) ? [`${known.get(id)} ${id.slice(0, 8)}`] : [])))
  same('live', named(new Set(found)), named(visible))
  const shown = [...world.shown.values()].map(({ id }) => id)
  same('shown', named(shown), named(visible))

  const pointers = under<{ id: string }>('replaceable:', ({ id }) => id)
  same('newest', sorted(pointers), sorted(newestOf(counting)))
  const files: unknown[] = []
  for (const event of counting.values()) {
    if (event.kind !== 1063 || findable(new Map(counting)).has(event.id) === false) continue
    const [, , x = ''] = event.tags.find(([name]) => name === 'imeta')!
    files.push(`${x.slice(2)} ${event.id}`)
  }
  const kept = [...entries.keys()].filter((key) => key.startsWith('file:'))
  same('files', sorted(kept.map((key) => `${key.slice(5, 69)} ${key.slice(-64)}`)), sorted(files))
  for (const hash of FILES) {
    for (const { pubkey, driveKey } of await readProviders(kernel.state, hash)) {
      if ((await readMember(kernel.state, pubkey)) === null) wrong.push(`${where}: provider gone`)
      const writer = [...DRIVES].find(([, drive]) => drive === driveKey)?.[0] ?? ''
      same('provider', group.writers.get(writer)?.pubkey, pubkey)
    }
  }
  return wrong
}

/** Who signs follows from what came, one after the other; but some things always hold. */
async function indexersOf({ state, relayKey, indexers }: Kernel, where: string): Promise<string[]> {
  const facts = await readIndexers(state, relayKey)
  const devices = await readAdminDevices(state, relayKey)
  const losses = await readLosses(state)
  const owners = new Set(
    await Promise.all(facts.writers.map((writer) => readWriter(state, writer)))
  )
  const mayBe = (writer: string | null): boolean => writer === null || !facts.lost.includes(writer)
  const rules = {
    'one or three': facts.writers.length === 1 || facts.writers.length === 3,
    'of different people': facts.writers.length === 1 || owners.size === 3,
    'Autobase knows': sameWriters([...indexers].sort(), [...facts.writers].sort()),
    'no heir is lost': mayBe(facts.heir),
    'an heir is an admin’s': isOneOf(devices, facts.heir),
    'no successor is lost': mayBe(facts.successor),
    'words are admins’': losses.every(({ by }) => devices.some(({ pubkey }) => pubkey === by)),
    'who has the word is enough': facts.verdicts.every(({ by, needs }) => by.length >= needs)
  }
  return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [`${where}: ${rule}`]))
}

const isOneOf = (devices: { writer: string }[], writer: string | null): boolean =>
  writer === null || devices.some((device) => device.writer === writer)

/** @returns what differed; the number of comparisons is counted in `tally` */
async function play(
  store: Corestore,
  seed: number,
  tally: { compared: number; paradox: number }
): Promise<string[]> {
  const pick = random(seed)
  const kernel = await Kernel.found(store, `${seed}`, pick(2) === 0 ? 'open' : 'closed', {
    rules: 1 + (seed % RULES)
  })
  const card = (await kernel.log())[0]!
  const world = new World(kernel, card, pick)
  const { relayKey } = kernel
  const [, ada, ben] = people
  for (const [by, tags] of [
    [ada!, [['p', ada!.pubkey, 'admin']]],
    [ben!, [['p', ben!.pubkey, pick(2) === 0 ? 'admin' : 'moderator']]]
  ] as const) {
    await step(world, relayKey, [kernel.admission(by, writerNamed(`${by.name} 1`))])
    await step(world, relayKey, [
      carried(
        world.sign(
          people[0]!,
          9000,
          tags.map((tag) => [...tag])
        )
      )
    ])
  }
  for (let n = 0; n < 40; n++) {
    try {
      const { group } = world.model.group()
      const [writer, record] = world.next(group)
      const records = [record]
      while (pick(3) === 0) {
        const [other, more] = world.next(group)
        if (other === writer) records.push(more)
      }
      if (!(await step(world, writer, records))) return []
      const wrong = await compare(world, `seed ${seed} step ${n}`)
      tally.compared++
      if (wrong.length > 0) return [...wrong, describe(record, writer)]
    } catch (err) {
      if (!(err instanceof Paradox)) throw err
      tally.paradox++
      return []
    }
  }
  return seed % 4 === 0 ? inBatches(store, world, `batches ${seed}`) : []
}

const describe = (record: RelayRecord, writer: string): string =>
  `   after ${JSON.stringify(record).slice(0, 400)} by ${writer.slice(0, 8)}`

/**
 * Whether a node counts is asked of the rules at its place; what follows is the model's.
 * @returns false when somebody was unmade
 */
async function step(world: World, writer: string, records: RelayRecord[]): Promise<boolean> {
  for (const record of records) {
    const { length } = world.kernel.carrierOf(writer)
    const rejection = await world.kernel.judge(writer, record)
    await world.kernel.feed(writer, [record])
    if (rejection === null) world.model.add(record, writer, length)
    else if (rejection.prefix === 'duplicate') world.model.again(record, writer, length)
    world.model.retire()
    if (world.wasUnmade(world.model.group().group)) return false
  }
  world.fed.push([writer, records])
  await world.follow()
  return true
}

/** The same nodes in whole batches, as Autobase replays them. */
async function inBatches(store: Corestore, world: World, name: string): Promise<string[]> {
  const whole = await Kernel.found(store, name, 'open', { card: world.card })
  for (const [writer, records] of world.fed) await whole.feed(writer, records)
  const plain = (entries: Map<string, unknown>): string =>
    JSON.stringify([...entries].filter(([key]) => !key.startsWith('w!')))
  const same = plain(await whole.entries()) === plain(await world.kernel.entries())
  return same ? [] : [`${name}: another state by whole batches`]
}

test('random groups are what they are by definition', { timeout: 120_000 }, async (t) => {
  const store = await openStore(t)
  const tally = { compared: 0, paradox: 0 }
  let failed = 0
  for (let seed = 0; seed < SEEDS; seed++) {
    const wrong = await play(store, seed, tally)
    if (wrong.length > 0 && failed++ < 4) t.fail(wrong.join('\n'))
  }
  t.is(failed, 0)
  t.comment(`${tally.compared} compared, ${tally.paradox} without an answer`)
})
