/** Files that an admin does not want in the group: gone, kept out, and let in again. */
import test from 'brittle'

import { fileTags } from '../../protocol/file-event.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { isBlocked, isGone, isLive, readBlocked, readRecord } from '../../worker/relays/state.ts'
import { ALIAS, carried, eventBy, hexOf, Kernel, openStore, person } from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'
import { localDht } from './member.ts'
import { arrived, eventually, randomFile, share, startWhole, syncOf, together } from './whole.ts'

const FILE = hexOf('a file')
const [MARA, IVO] = [person('mara'), person('ivo')]

function naming(by: Person, hash = FILE): NostrEvent {
  const url = `hypertuna://${hash}`
  const file = { hash, url, mime: null, size: 5, name: null, path: null, piecesRoot: null }
  const wish = { alias: ALIAS, driveKey: hexOf('a drive'), kind: 1063 }
  const tags = fileTags([file as never], wish).filter(([name]) => name !== 'h')
  return eventBy(by, { kind: 1063, tags })
}

const saying = (by: Person, ...tags: string[][]): NostrEvent => eventBy(by, { kind: 9005, tags })

test('a file that is blocked is gone, comes back by nobody, and is let in again', async (t) => {
  const kernel = await Kernel.found(await openStore(t), 'one')
  const [mara, ivo] = [await kernel.join(MARA, 'moderator'), await kernel.join(IVO)]
  const { state } = kernel
  const [first, second] = [naming(IVO), naming(IVO)]
  await kernel.feed(ivo, [carried(first), carried(second)])
  const refused = await kernel.judge(mara, carried(saying(MARA, ['x', FILE])))
  t.is(refused?.reason, 'only an admin blocks a file')
  t.is(
    (await kernel.judge(kernel.relayKey, carried(saying(kernel.founder, ['x', 'y']))))?.prefix,
    'invalid'
  )

  const block = saying(kernel.founder, ['e', first.id], ['x', FILE])
  await kernel.feed(kernel.relayKey, [carried(block)])
  t.ok(await isBlocked(state, FILE))
  t.alike(await readBlocked(state, 10), [FILE])
  t.is(await readRecord(state, FILE), null, 'no record of it counts, named or not')
  t.ok(await isGone(state, FILE), 'and it is answered as deleted')
  t.is((await kernel.judge(ivo, carried(naming(IVO))))?.prefix, 'blocked')
  t.is(await kernel.judge(ivo, carried(naming(IVO, hexOf('another')))), null)

  await kernel.feed(kernel.relayKey, [carried(saying(kernel.founder, ['unblock', FILE]))])
  t.absent(await isBlocked(state, FILE))
  t.is((await readRecord(state, FILE))?.eventId, second.id, 'what was only held back is here')
  t.absent(await isLive(state, first.id), 'what was deleted is not')
  t.is(await kernel.judge(ivo, carried(naming(IVO))), null)
})

test('what an admin blocked beyond what counts of it is not blocked', async (t) => {
  const kernel = await Kernel.found(await openStore(t), 'one')
  const [mara, ivo] = [await kernel.join(MARA, 'admin'), await kernel.join(IVO)]
  const { state } = kernel
  const record = naming(IVO)
  await kernel.feed(ivo, [carried(record)])
  const length = kernel.lengths.get(mara) ?? 0
  await kernel.feed(mara, [carried(saying(MARA, ['e', record.id], ['x', FILE]))])
  t.ok(await isBlocked(state, FILE))
  const tags = [['p', MARA.pubkey]]
  const removal = eventBy(kernel.founder, { kind: 9001, tags })
  const act = { type: 'act', event: removal, cuts: [{ writer: mara, length }] } as const
  await kernel.feed(kernel.relayKey, [{ ...act, cuts: [...act.cuts] }])
  t.absent(await isBlocked(state, FILE))
  t.is((await readRecord(state, FILE))?.eventId, record.id)
  t.ok(await isLive(state, record.id))
  t.absent([...(await kernel.entries()).keys()].some((key) => key.startsWith('blocked')))
})

test('an admin blocks a file: it leaves every disk, and none takes it', async (t) => {
  const bootstrap = await localDht(t)
  const [a, b] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
  const { relayKey } = await together(a, [b])
  const file = await randomFile(t, 200_000)
  const { hash } = file
  await share(b, relayKey, file)
  await arrived(a, relayKey, hash)
  const blocking = b.calls.blockFile({ relayKey, hash })
  t.is(await codeOf(blocking), 'NOT_ALLOWED', 'a member does not')
  await a.calls.blockFile({ relayKey, hash, reason: 'not ours' })
  t.alike(await a.calls.blockedFiles({ relayKey }), { hashes: [hash] })
  for (const whole of [a, b]) {
    await eventually(syncOf(whole, relayKey), ({ files }) => !files.has(hash))
    await gone(whole.worker.use().drive, relayKey, hash)
  }
  t.is(await codeOf(share(b, relayKey, file)), 'NOT_ALLOWED')
  await a.calls.unblockFile({ relayKey, hash })
  const { relay } = b.worker.use().relays.get(relayKey)
  while (await isBlocked(relay.state, hash)) {
    await new Promise((resolve) => relay.once('update', resolve))
  }
  await share(b, relayKey, file)
  await arrived(a, relayKey, hash)
  t.pass('and again, when it may be')
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (err) {
    return HypertunaError.from(err).code
  }
}

interface Kept {
  has(relayKey: string, hash: string): Promise<boolean>
  once(event: 'change', listener: () => void): unknown
}

async function gone(drive: Kept, relayKey: string, hash: string): Promise<void> {
  while (await drive.has(relayKey, hash)) {
    await new Promise<void>((resolve) => void drive.once('change', resolve))
  }
}
