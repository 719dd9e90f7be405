/** What is known of files is the same after a start, whatever was kept of it and whatever changed since. */
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'

import { markCore } from '../../worker/core-mark.ts'
import { changedSince, markNow } from '../../worker/files/known-mark.ts'
import type { KnownMark } from '../../worker/files/known-mark.ts'
import type { Survey } from '../../worker/files/survey.ts'
import type { Log } from '../../worker/log.ts'
import { fileKey, filekeyKey } from '../../worker/relays/keys.ts'
import { localDht } from './member.ts'
import { eventually, randomFile, share, startWhole, syncOf } from './whole.ts'
import type { Whole } from './whole.ts'

interface Told {
  files: number
  changed: number | null
}

/** A log that remembers what was said of known files. */
function listening(): { log: Log; told: Told[] } {
  const told: Told[] = []
  const log: Log = (event, facts) => {
    if (event === 'known-files') told.push(facts as unknown as Told)
  }
  return { log, told }
}

/** Resolves when the relay's files are known. */
async function known({ worker }: Whole, relayKey: string): Promise<void> {
  const { files } = worker.use()
  if (files.find(relayKey) === null) {
    await new Promise<void>((resolve) => worker.once('group', () => resolve()))
  }
  await files.of(relayKey).ready()
}

/** All that is known of the relay's files, in an order of its own. */
function facts(whole: Whole, relayKey: string): unknown[] {
  const { files, bytes, unnamed } = syncOf(whole, relayKey)
  const known = [...files.values()].map(({ providers, ...file }) => {
    return { ...file, providers: [...providers].sort() }
  })
  known.sort((a, b) => (a.hash < b.hash ? -1 : 1))
  return [bytes, [...unnamed].sort(), ...known]
}

test('files are known after a start from what was kept', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  let whole = await startWhole(t, bootstrap)
  const { storage } = whole
  const { relayKey } = await whole.calls.createRelay({ name: 'Field notes', access: 'closed' })
  const files = []
  for (let i = 0; i < 4; i++) files.push(await randomFile(t, 1000 + i, `file ${i}.txt`))
  for (const file of files) await share(whole, relayKey, file)
  await whole.calls.pinFile({ relayKey, hash: files[1]!.hash })
  await eventually(syncOf(whole, relayKey), ({ files }) => {
    return files.size === 4 && [...files.values()].every(({ providers }) => providers.size === 1)
  })
  const before = facts(whole, relayKey)
  await whole.close()

  const path = join(storage, 'known', relayKey)
  t.is(statSync(path).mode & 0o777, 0o600, 'what is kept is nobody else’s')
  const old = join(await t.tmp(), 'old')
  copyFileSync(path, old)
  const first = listening()
  whole = await startWhole(t, bootstrap, storage, { log: first.log })
  await known(whole, relayKey)
  t.alike(facts(whole, relayKey), before, 'the same as before')
  t.is(first.told[0]?.changed, 0, 'without looking at any')

  const [one, other] = files as [(typeof files)[0], (typeof files)[0]]
  const { eventId } = syncOf(whole, relayKey).files.get(one.hash)!
  await whole.calls.deleteMessage({ relayKey, eventId })
  await syncOf(whole, relayKey).release(other.hash)
  await share(whole, relayKey, await randomFile(t, 5000, 'new.txt'))
  await eventually(syncOf(whole, relayKey), ({ files, unnamed }) => {
    const isNew = [...files.values()].some(({ name }) => name === 'new.txt')
    const isSaid = files.get(other.hash)?.providers.size === 0
    return isNew && isSaid && files.size === 4 && unnamed.size === 0
  })
  const changed = facts(whole, relayKey)
  await whole.close()

  // As after a kill: what is kept is older than the state and the drive.
  copyFileSync(old, path)
  const second = listening()
  whole = await startWhole(t, bootstrap, storage, { log: second.log })
  await known(whole, relayKey)
  t.alike(facts(whole, relayKey), changed, 'what changed since is looked at')
  t.ok(second.told[0]!.changed! < 5, 'and nothing else')
  await whole.close()

  for (const spoil of [cutOff, overwrite]) {
    spoil(path)
    const damaged = listening()
    whole = await startWhole(t, bootstrap, storage, { log: damaged.log })
    await known(whole, relayKey)
    t.alike(facts(whole, relayKey), changed, 'one that is damaged counts as none')
    t.is(damaged.told.length, 0)
    await whole.close()
  }
  whole = await startWhole(t, bootstrap, storage)
  await whole.calls.forgetGroup({ relayKey })
  t.absent(existsSync(path), 'nothing is kept of a group that was taken off the device')
})

function cutOff(path: string): void {
  writeFileSync(path, (readFileSync(path, 'utf8') as string).slice(0, -1))
}

function overwrite(path: string): void {
  const text = readFileSync(path, 'utf8') as string
  writeFileSync(path, text.replace('file 2.txt', 'file 9.txt'))
}

test('a view that was taken back is not taken for what it was', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const core = store.get({ name: 'state' })
  const state = new Hyperbee<string, unknown>(core, {
    keyEncoding: 'utf-8',
    valueEncoding: 'json'
  })
  await state.ready()
  const drive = { length: 0, hash: '' }
  const survey = {
    mark: async () => drive,
    changedSince: async () => ['dd'.repeat(32)]
  } as unknown as Survey
  const [a, b, c] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32)) as [string, string, string]
  await state.put(fileKey(a, 1, a), 1)
  await state.put('member:x', 1)
  const signed = await markCore(core)
  await state.put(filekeyKey(b, b, b), 1)
  const mark = await markNow(state, survey)
  t.is(mark.signed?.length, mark.state.length, 'a core of our own is signed to its end')

  const since = async (mark: KnownMark): Promise<string[] | null> => {
    const changed = await changedSince(mark, state, survey, '')
    return changed === null ? null : [...changed].map((hash) => hash.slice(0, 2)).sort()
  }
  t.alike(await since(mark), ['dd'], 'what the drive says alone')
  await state.put(fileKey(c, 2, c), 1)
  t.alike(await since(mark), ['cc', 'dd'], 'and what the state says since')

  await core.truncate(signed.length)
  await state.put(fileKey(a, 3, a), 1)
  await state.put('member:y', 1)
  t.ok(core.length > mark.state.length - 1, 'as long as it was, and another')
  t.is(await since({ ...mark, signed: null }), null, 'what was not signed cannot be told')
  const beyond = { ...mark, signed: { ...signed, beyond: [b] } }
  t.alike(await since(beyond), ['aa', 'bb', 'dd'], 'what was taken back counts as changed')
  await core.truncate(signed.length - 1)
  t.is(await since(beyond), null, 'nor beyond where it was signed')
})
