/** What an admin's device does about who signs, and what a person may say: over the kernel's state. */
import b4a from 'b4a'
import test from 'brittle'
import type { Assert } from 'brittle'

import type { RelayRecord } from '../../worker/relays/records.ts'
import type { Relay } from '../../worker/relays/relay.ts'
import { Succession } from '../../worker/relays/succession.ts'
import { hexOf, Kernel, openStore, person, writerNamed } from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'

const [founder, ada, ben, cleo] = ['founder', 'ada', 'ben', 'cleo'].map(person) as [
  Person,
  Person,
  Person,
  Person
]
const writerOf = (by: Person): string => writerNamed(`writer of ${by.name}`)
const announcing = (writer: string): RelayRecord => ({
  type: 'announce',
  driveKey: hexOf(`drive of ${writer}`),
  held: [],
  withdrawn: []
})

/** How far the view was signed, by whom, and who had written by then. */
interface Signed {
  by: string[]
  length: number
  wrote: string[]
  /** Where the core of those who sign begins: they have not signed once before there is more. */
  from: number
}

/** A group whose admins each have a device that announced a drive. */
async function group(t: Assert, ...admins: Person[]): Promise<{ kernel: Kernel; signed: Signed }> {
  const kernel = await Kernel.found(await openStore(t), 'succession')
  await kernel.feed(kernel.relayKey, [announcing(kernel.relayKey)])
  for (const by of admins) {
    const writer = await kernel.join(by, 'admin')
    await kernel.feed(writer, [announcing(writer)])
  }
  const wrote = [kernel.relayKey, ...admins.map(writerOf)]
  return { kernel, signed: { by: [kernel.relayKey], length: 5, wrote, from: 0 } }
}

/** Somebody's device: what it says enters the group at once. */
function device(
  by: Person,
  { kernel, signed }: { kernel: Kernel; signed: Signed },
  online: Person[],
  writer = by === founder ? kernel.relayKey : writerOf(by)
): { succession: Succession; said: RelayRecord[] } {
  const said: RelayRecord[] = []
  const key = b4a.from(writer, 'hex')
  const indexers = signed.by.map((other) => ({ key: b4a.from(other, 'hex') }))
  const system = {
    core: { key: b4a.alloc(32, 1), length: 99, manifest: { prologue: { length: signed.from } } },
    db: { getBySeq: async () => ({ key: b4a.from('..info') }) },
    getIndexedInfo: async () => ({ indexers }),
    checkout: async () => ({
      get: async (other: Uint8Array) =>
        signed.wrote.includes(b4a.toString(other, 'hex')) ? { length: 1, isRemoved: false } : null,
      close: async () => {}
    })
  }
  const relay = {
    state: kernel.state,
    relayKey: kernel.relayKey,
    writer,
    members: new Map([founder, ada, ben, cleo].map(({ pubkey }) => [pubkey, 'admin'])),
    base: { system, indexedLength: signed.length, local: { key } },
    append: async (records: RelayRecord[]) => {
      said.push(...records)
      await kernel.feed(writer, records)
    }
  } as unknown as Relay
  const succession = new Succession({
    relay,
    pubkey: by.pubkey,
    driveKey: hexOf(`drive of ${writer}`),
    online: () => new Set(online.map(({ pubkey }) => pubkey))
  })
  return { succession, said }
}

test('who is connected is not declared lost, and who is not with all devices', async (t) => {
  const place = await group(t, ada, ben)
  const { kernel } = place
  const all = device(ada, place, [founder, ben])
  await t.exception(all.succession.declareLost(), /signs for the group is connected/)
  t.alike(all.said, [])

  const second = writerNamed('ben at home')
  await kernel.feed(kernel.relayKey, [kernel.admission(ben, second)])
  await kernel.feed(second, [announcing(second)])
  const { succession, said } = device(ada, place, [founder])
  await succession.declareLost()
  t.alike(said, [{ type: 'lost', writers: [writerOf(ben), second].sort() }])
  await succession.takeBack()
  t.alike(said.at(-1), { type: 'lost', writers: [] })
})

test('who signed last is declared lost too, though no admin any more', async (t) => {
  const place = await group(t, ada)
  place.signed.by = [writerNamed('of who was removed')]
  const { succession, said } = device(ada, place, [founder])
  await succession.declareLost()
  t.alike(said, [{ type: 'lost', writers: place.signed.by }])
})

test('two admins agree on one declaration, unless one of those named is connected', async (t) => {
  const place = await group(t, ada, ben, cleo)
  const { kernel } = place
  await kernel.feed(writerOf(cleo), [{ type: 'lost', writers: [kernel.relayKey] }])
  const heard = device(ben, place, [cleo])
  await heard.succession.declareLost()
  t.alike(
    heard.said,
    [{ type: 'lost', writers: [kernel.relayKey] }],
    'and not Ada besides, who is away too'
  )

  const other = await group(t, ada, ben, cleo)
  await other.kernel.feed(writerOf(cleo), [{ type: 'lost', writers: [writerOf(ada)] }])
  const { succession, said } = device(ben, other, [ada, cleo])
  await succession.declareLost()
  t.alike(said, [{ type: 'lost', writers: [other.kernel.relayKey] }], 'Ada is here')
})

test('a device says that it is here, and what nobody asked it not', async (t) => {
  const place = await group(t, ada, ben, cleo)
  const { kernel } = place
  const quiet = device(ben, place, [])
  await quiet.succession.attend()
  t.alike(quiet.said, [])
  await kernel.feed(writerOf(cleo), [{ type: 'lost', writers: [writerOf(ben)] }])
  const { succession, said } = device(ben, place, [])
  await succession.attend()
  t.alike(said, [{ type: 'present' }])
  await succession.attend()
  t.is(said.length, 1, 'once')

  const fresh = writerNamed('ben at home')
  await kernel.feed(kernel.relayKey, [kernel.admission(ben, fresh)])
  const next = device(ben, place, [], fresh)
  await next.succession.attend()
  t.alike(next.said, [announcing(fresh)], 'only a device that has written can sign')
})

/** The founder alone signs, and is lost by the only other admin's word: Ada's device is the heir. */
async function inherited(t: Assert, ...others: Person[]): ReturnType<typeof group> {
  const place = await group(t, ada, ...others)
  const { kernel } = place
  for (const by of [ada, ...others]) {
    await kernel.feed(writerOf(by), [{ type: 'lost', writers: [kernel.relayKey] }])
  }
  return place
}

test('an heir takes over where it can, and tries one fork once', async (t) => {
  const place = await inherited(t)
  const { succession, said } = device(ada, place, [])
  await succession.attend()
  const key = '01'.repeat(32)
  t.alike(said, [{ type: 'succeed', key, length: 5 }])
  await succession.attend()
  t.is(said.length, 1, 'where it does not help it is not tried again')
})

test('an heir waits while most of those who sign are there', async (t) => {
  const place = await inherited(t)
  place.signed.by = [place.kernel.relayKey, writerNamed('one'), writerNamed('two')]
  const { succession, said } = device(ada, place, [])
  await succession.attend()
  t.alike(said, [])
})

test('an heir that had not written passes the right on, when there is somebody', async (t) => {
  const place = await inherited(t, ben, cleo)
  place.signed.wrote = [place.kernel.relayKey]
  const { succession, said } = device(ada, place, [])
  await succession.attend()
  t.alike(said, [{ type: 'pass' }])
  await succession.attend()
  t.is(said.length, 1, 'it is the next one’s now')
  const next = device(ben, place, [])
  await next.succession.attend()
  t.alike(next.said, [{ type: 'pass' }])
  const last = device(cleo, place, [])
  await last.succession.attend()
  t.alike(last.said, [], 'there is nobody after it')
})

test('an heir waits until those who took over have signed once', async (t) => {
  const place = await inherited(t, ben)
  place.signed.from = place.signed.length
  const { succession, said } = device(ada, place, [])
  await succession.attend()
  t.alike(said, [], 'it passes nothing on: it had written')
})

test('who signs says so, with the others that are to', async (t) => {
  const place = await inherited(t, ben, cleo)
  const three = [ada, ben, cleo].map(writerOf)
  const before = device(ben, place, [])
  await before.succession.attend()
  t.alike(before.said, [], 'the founder’s device does still')
  place.signed.by = three
  const { succession, said } = device(ben, place, [])
  await succession.attend()
  await succession.attend()
  t.alike(said, [{ type: 'stands' }])
})
