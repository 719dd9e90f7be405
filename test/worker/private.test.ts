/** A private relay: for its members alone, from the invite to the last block. */
import b4a from 'b4a'
import { existsSync, readFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { now } from '../../worker/relays/group.ts'
import type { Group } from '../../worker/relays/group.ts'
import { localDht, startMember, until } from './member.ts'
import type { Member } from './member.ts'
import { quiet } from './group-fixture.ts'
import { arrived, joinBy, randomFile, share, startWhole } from './whole.ts'

async function pair(founder: Member, joiner: Member): Promise<[Group, Group]> {
  const theirs = await founder.relays.create({ name: 'Field notes', access: 'private' })
  return [theirs, await enter(founder, theirs, joiner)]
}

async function enter(founder: Member, group: Group, joiner: Member): Promise<Group> {
  const { relayKey } = group.relay
  const { invite } = await founder.relays.invite(relayKey, { expiresIn: 60, uses: 1 })
  return joiner.relays.join(invite, quiet())
}

const says = (group: Group, content: string): ReturnType<Group['publish']> =>
  group.publish({ kind: 9, created_at: now(), tags: [['h', 'field-notes']], content })

const hears = (group: Group, id: string): Promise<void> =>
  until(async () => (await group.relay.newestEvents(30)).some((event) => event.id === id), group)

test(
  'members of a private relay write and read, also after a restart',
  { timeout: 90_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const dirs = [await t.tmp(), await t.tmp()]
    const a = await startMember(t, bootstrap, dirs[0])
    const b = await startMember(t, bootstrap, dirs[1])
    const [theirs, ours] = await pair(a, b)
    const { relayKey } = theirs.relay
    t.is(ours.relay.facts?.access, 'private')
    await hears(theirs, (await says(ours, 'hello')).id)
    await hears(ours, (await says(theirs, 'welcome')).id)
    const key = theirs.relay.base.encryptionKey
    t.is(key?.byteLength, 32)
    t.alike(ours.relay.fileKey, theirs.relay.fileKey)
    t.is(theirs.relay.fileKey?.byteLength, 32)
    const secret = b4a.toString(key ?? b4a.alloc(0), 'hex')
    for (const dir of dirs) {
      const config = readFileSync(join(dir, 'relay-config.json'), 'utf8') as string
      t.ok(config.includes(relayKey))
      t.absent(config.includes(secret), 'no key in relay-config.json')
    }
    await a.close()
    await b.close()
    const again = await Promise.all(dirs.map((dir) => startMember(t, bootstrap, dir)))
    const [first, second] = again.map(({ relays }) => relays.get(relayKey)) as [Group, Group]
    t.alike(first.relay.fileKey, second.relay.fileKey)
    await hears(first, (await says(second, 'back')).id)
    await hears(second, (await says(first, 'and I')).id)
  }
)

test('a private relay’s file goes both ways', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  const b = await startWhole(t, bootstrap)
  const { relayKey } = await a.calls.createRelay({ name: 'Field notes', access: 'private' })
  await joinBy(a, b, relayKey)
  for (const [from, to] of [
    [a, b],
    [b, a]
  ] as const) {
    const file = await randomFile(t, 300_000)
    await share(from, relayKey, file)
    await arrived(to, relayKey, file.hash)
  }
  t.pass('both arrived, verified')
})

test('who is removed gets nothing that comes after', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const [a, b, c] = await Promise.all([0, 1, 2].map(() => startMember(t, bootstrap)))
  if (!a || !b || !c) throw new Error('no members')
  const [group, staying] = await pair(a, b)
  const leaving = await enter(a, group, c)
  await hears(leaving, (await says(group, 'to all')).id)
  await until(
    () => (group.link?.members().length ?? 0) + (staying.link?.members().length ?? 0) >= 4,
    group,
    staying
  )
  await group.acts.removeUser(c.identity.pubkey)
  await until(() => !staying.relay.members.has(c.identity.pubkey), staying)
  const lists = (): (string | null | undefined)[] =>
    [group, staying].flatMap(({ link }) => link?.members().map(({ peer }) => peer?.pubkey) ?? [])
  await until(() => !lists().includes(c.identity.pubkey), group, staying)
  t.pass('its file channels are closed')
  const { id } = await says(group, 'among ourselves')
  await hears(staying, id)
  await says(staying, 'indeed')
  const logs = [group, staying].map(({ relay }) => relay.base.local)
  for (const log of logs) {
    const seen = c.store
      .namespace('spy', { circle: `private:${group.relay.relayKey}` })
      .get({ key: log.key })
    await seen.ready()
    await t.exception(seen.get(log.length - 1, { timeout: 1500 }), 'the newest block')
    await seen.close()
  }
  const events = await leaving.relay.newestEvents(50)
  t.absent(events.some((event) => event.id === id))
  await t.exception(enter(a, group, c), /did not let you in/, 'nor by a new invite')
})

test('leaving takes the files along', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  const b = await startWhole(t, bootstrap)
  const { relayKey } = await a.calls.createRelay({ name: 'Field notes', access: 'private' })
  await joinBy(a, b, relayKey)
  const file = await randomFile(t, 300_000)
  await share(a, relayKey, file)
  await arrived(b, relayKey, file.hash)
  const { relays, files, drive } = b.worker.use()
  const index = join(b.storage, 'index', relayKey)
  t.ok(existsSync(index))
  await relays.get(relayKey).acts.leave()
  await relays.forget(relayKey)
  t.is((await drive.blobUsage()).files, 0)
  t.absent(files.find(relayKey))
  t.absent(existsSync(index))
  const group = a.worker.use().relays.get(relayKey)
  await until(() => group.relay.members.size === 1, group)
  await joinBy(a, b, relayKey)
  await arrived(b, relayKey, file.hash)
  t.pass('and coming back brings them again')
})

test('who is removed gets no more of a drive', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  const b = await startWhole(t, bootstrap)
  const { relayKey } = await a.calls.createRelay({ name: 'Field notes', access: 'closed' })
  await joinBy(a, b, relayKey)
  const group = a.worker.use().relays.get(relayKey)
  const pubkey = b.worker.use().identity.pubkey
  await until(() => group.link?.onlinePubkeys().has(pubkey) === true, group)
  const file = await randomFile(t, 1000)
  await share(a, relayKey, file)
  const { store } = b.worker.use()
  const key = b4a.from(a.worker.use().drive.key, 'hex')
  const core = store.session({ circle: 'drive' }).get({ key })
  t.ok(await core.get(0, { timeout: 10_000 }), 'a member gets it')
  await core.update({ wait: true })
  await group.acts.removeUser(pubkey)
  await until(() => group.link?.onlinePubkeys().has(pubkey) === false, group)
  const length = core.length
  await share(a, relayKey, await randomFile(t, 1000))
  await t.exception(core.get(length, { timeout: 2000 }))
  t.is(core.length, length, 'not even that there is more')
})
