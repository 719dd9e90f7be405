/** The same bytes under several names: kept once, and each name a file of its own. */
import { join } from 'bare-path'
import test from 'brittle'

import { fileView } from '../../worker/views.ts'
import { hashOf, hashesOf, makeFolder } from './folder-fixture.ts'
import { localDht } from './member.ts'
import { eventually, startWhole, syncOf } from './whole.ts'
import type { Whole } from './whole.ts'

const WORDS = 'The heron stands at the weir.'
const HASH = hashOf(WORDS)

/** What a face is told that the bytes are called, with the event that says so. */
function names(whole: Whole, relayKey: string): Map<string, string> {
  const sync = syncOf(whole, relayKey)
  const file = sync.files.get(HASH)
  if (file === undefined) return new Map()
  const { others, ...first } = fileView(file, sync, whole.worker.links)
  const all = [first, ...(others ?? [])]
  return new Map(all.map(({ path, name, eventId }) => [path ?? name ?? '', eventId]))
}

const are = (whole: Whole, relayKey: string, ...wanted: string[]): Promise<void> =>
  eventually(syncOf(whole, relayKey), () => {
    return [...names(whole, relayKey).keys()].sort().join() === wanted.sort().join()
  })

test('the same bytes have several names', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  let whole = await startWhole(t, bootstrap)
  const { storage } = whole
  const { relayKey } = await whole.calls.createRelay({ name: 'Field notes', access: 'closed' })
  const folder = await makeFolder(t, { 'heron.txt': WORDS })
  for (const name of ['heron.txt', 'copy of heron.txt', 'heron.txt']) {
    const path = join(folder, 'heron.txt')
    await whole.calls.storePath({ relayKey, path, fileHash: HASH, name, mime: null })
    await whole.calls.post({ relayKey, content: name, kind: 9, files: [{ hash: HASH, name }] })
  }
  const trip = await makeFolder(t, { 'birds/heron.txt': WORDS, 'birds/other.txt': 'other' })
  await whole.calls.importFolder({ relayKey, folder: trip, prefix: 'trip' })
  const all = ['heron.txt', 'copy of heron.txt', 'trip/birds/heron.txt']
  await are(whole, relayKey, ...all)
  t.is(syncOf(whole, relayKey).files.size, 2)
  const { bytes } = await whole.worker.use().drive.usage()
  t.is(bytes, WORDS.length + 'other'.length, 'kept once')

  await whole.close()
  whole = await startWhole(t, bootstrap, storage)
  if (whole.worker.use().files.find(relayKey) === null) {
    await new Promise<void>((resolve) => whole.worker.once('group', () => resolve()))
  }
  await syncOf(whole, relayKey).ready()
  t.alike([...names(whole, relayKey).keys()].sort(), all.sort(), 'known after a start')
  await syncOf(whole, relayKey).sweep()

  const copy = names(whole, relayKey).get('copy of heron.txt') ?? ''
  const target = join(folder, 'out')
  const request = { relayKey, folder: target, onConflict: 'skip' as const, hashes: [HASH] }
  await whole.calls.exportFiles({ ...request, eventIds: [copy] })
  t.alike(hashesOf(target), { 'copy of heron.txt': HASH }, 'one name is saved by itself')
  await whole.calls.exportFiles(request)
  t.alike(Object.keys(hashesOf(target)).sort(), all.sort(), 'or all of them')

  const eventId = names(whole, relayKey).get('heron.txt') ?? ''
  const said = await whole.calls.message({ relayKey, eventId: copy })
  t.is(said.files[0]?.name, 'copy of heron.txt', 'a message calls its file as it did')
  await whole.calls.deleteMessage({ relayKey, eventId: copy })
  await are(whole, relayKey, 'heron.txt', 'trip/birds/heron.txt')
  await whole.calls.deleteMessage({ relayKey, eventId })
  await eventually(syncOf(whole, relayKey), ({ files }) => files.get(HASH)?.eventId !== eventId)
  t.ok(syncOf(whole, relayKey).files.get(HASH)?.here, 'the others stay')
})
