/** What a member with a modified worker can do to the others: nothing. */
import AbortController from 'bare-abort-controller'
import b4a from 'b4a'
import test from 'brittle'
import c from 'compact-encoding'
import messages from 'autobase/lib/messages.js'

import { signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import type { Group } from '../../worker/relays/group.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { isDeleted, readProviders, readRecord, readWriterFacts } from '../../worker/relays/state.ts'
import { localDht, startMember, until } from './member.ts'
import type { Member, TestContext } from './member.ts'

const HASH = 'a'.repeat(64)
const H = ['h', 'field-notes']
const quiet = (): { signal: never; onphase(): void } => ({
  signal: new AbortController().signal as never,
  onphase() {}
})

/** A founder, and a member who writes what it likes. */
async function founderAndRogue(
  t: TestContext
): Promise<{ founder: Member; rogue: Member; theirs: Group; ours: Group }> {
  const bootstrap = await localDht(t)
  const founder = await startMember(t, bootstrap)
  const rogue = await startMember(t, bootstrap)
  const theirs = await founder.relays.create({ name: 'Field notes', access: 'closed' })
  const { invite } = await founder.relays.invite(theirs.relay.relayKey, { expiresIn: 60, uses: 1 })
  return { founder, rogue, theirs, ours: await rogue.relays.join(invite, quiet()) }
}

function signed(by: Member, kind: number, tags: string[][], content = ''): NostrEvent {
  return signEvent({ kind, created_at: now(), tags: [H, ...tags], content }, by.identity.secretKey)
}

const fileOf = (by: Member, size: number, words: string): RelayRecord => ({
  type: 'event',
  event: signed(
    by,
    1063,
    [['imeta', 'url https://a.example/x', 'x ' + HASH, `size ${size}`]],
    words
  )
})

/** Past our own policy, straight into the writer's core. */
const append = (group: Group, records: RelayRecord[]): Promise<number> =>
  group.relay.base.append(records.map(encodeRecord))

/** The drive that a device of ours announced first. */
async function driveOf(group: Group): Promise<string> {
  const drive = async (): Promise<string | null> =>
    (await readWriterFacts(group.relay.state, group.relay.writer))?.drive ?? null
  await until(async () => (await drive()) !== null, group)
  return (await drive())!
}

async function says(from: Group, by: Member, to: Group, words: string): Promise<void> {
  await append(from, [{ type: 'event', event: signed(by, 9, [], words) }])
  const heard = async (): Promise<boolean> =>
    (await to.relay.newestEvents(20)).some(({ content }) => content === words)
  await until(heard, to)
}

test(
  'a node that names its head twice is read as naming it once',
  { timeout: 120_000 },
  async (t) => {
    const { founder, rogue, theirs, ours } = await founderAndRogue(t)
    await says(ours, rogue, theirs, 'still decent')
    const { base } = ours.relay
    const { key, keyPair, length } = base.local
    const { OplogMessage } = messages
    const sample = (await base.local.get(length - 1)) as unknown as { node: object }
    await base.close()
    const core = rogue.store.get({ key, keyPair: keyPair ?? undefined })
    await core.ready()
    const head = { key, length }
    const value = encodeRecord({ type: 'event', event: signed(rogue, 9, [], 'twice') })
    const node = { ...sample.node, heads: [head, head], batch: 1, value }
    await core.append(c.encode(OplogMessage, { ...sample, node }))
    let failure: unknown = null
    theirs.relay.on('failure', (err) => (failure = err))
    const heard = async (): Promise<boolean> =>
      (await theirs.relay.newestEvents(20)).some(({ content }) => content === 'twice')
    await until(heard, theirs)
    await says(theirs, founder, theirs, 'the founder goes on')
    t.is(failure, null)
    t.absent(theirs.relay.base.closing)
  }
)

test('the first record of a file stays the one that counts', { timeout: 120_000 }, async (t) => {
  const { founder, rogue, theirs, ours } = await founderAndRogue(t)
  await append(theirs, [fileOf(founder, 100, 'honest')])
  await until(async () => (await readRecord(ours.relay.state, HASH)) !== null, ours)
  const flood = Array.from({ length: 100 }, (_, i) => fileOf(rogue, 666, `record ${i}`))
  await append(ours, flood)
  await says(ours, rogue, theirs, 'all written')
  t.is((await readRecord(theirs.relay.state, HASH))?.size, 100)
})

test(
  'a device announces one drive, so that none is crowded out',
  { timeout: 120_000 },
  async (t) => {
    const { founder, rogue, theirs, ours } = await founderAndRogue(t)
    const honest = await driveOf(theirs)
    await append(theirs, [
      fileOf(founder, 100, 'honest'),
      { type: 'announce', driveKey: honest, held: [HASH], withdrawn: [] }
    ])
    const many = Array.from({ length: 80 }, (_, i): RelayRecord => {
      const driveKey = i.toString(16).padStart(64, '0')
      return { type: 'announce', driveKey, held: [HASH], withdrawn: [] }
    })
    await append(ours, many)
    await says(ours, rogue, theirs, 'all written')
    const providers = await readProviders(theirs.relay.state, HASH)
    t.is(providers.length, 2)
    t.ok(providers.some(({ driveKey }) => driveKey === honest))
  }
)

test('naming another’s drive takes nothing from its owner', { timeout: 120_000 }, async (t) => {
  const { founder, rogue, theirs, ours } = await founderAndRogue(t)
  const driveKey = await driveOf(theirs)
  const announce: RelayRecord = { type: 'announce', driveKey, held: [HASH], withdrawn: [] }
  await append(theirs, [fileOf(founder, 100, 'honest'), announce])
  await append(ours, [announce])
  await says(ours, rogue, theirs, 'all written')
  await append(ours, [{ ...announce, held: [], withdrawn: [HASH] }])
  await says(ours, rogue, theirs, 'and taken back')
  const providers = await readProviders(theirs.relay.state, HASH)
  t.alike(providers, [{ driveKey, pubkey: founder.identity.pubkey }])
})

test(
  'a deletion takes back own events, each once, and not too many',
  { timeout: 120_000 },
  async (t) => {
    const { founder, rogue, theirs, ours } = await founderAndRogue(t)
    const note = signed(founder, 9, [], 'mine')
    const own = signed(rogue, 9, [], 'the rogue’s')
    await append(theirs, [{ type: 'event', event: note }])
    await until(
      async () => (await ours.relay.newestEvents(20)).some(({ id }) => id === note.id),
      ours
    )
    const names = [note, own, own].map(({ id }) => ['e', id])
    const flood = Array.from({ length: 300 }, () => ['e', note.id])
    await append(ours, [
      { type: 'event', event: own },
      { type: 'event', event: signed(rogue, 5, names) },
      { type: 'event', event: signed(rogue, 5, flood) }
    ])
    await says(ours, rogue, theirs, 'all written')
    const { state } = theirs.relay
    t.ok(await isDeleted(state, own.id))
    t.absent(await isDeleted(state, note.id), 'another’s event stays')
    const rejection = await ours.relay.judge({ type: 'event', event: signed(rogue, 5, flood) })
    t.is(rejection?.prefix, 'invalid', 'a deletion of 300 is refused')
  }
)
