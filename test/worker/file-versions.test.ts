import test from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { replacedFiles } from '../../worker/file-versions.ts'
import type { SyncedFile } from '../../worker/files/synced-file.ts'

const id = (letter: string): string => letter.repeat(64)

function version(letter: string, path: string | null, position: number): SyncedFile {
  const facts = { hash: id(letter), eventId: id(letter), path, position, createdAt: position }
  return { ...facts, others: [] } as unknown as SyncedFile
}

const known = (...files: SyncedFile[]) => new Map(files.map((file) => [file.hash, file]))

/** A log of events that say what they replace, by position. */
function log(events: [string, string[]][]) {
  return {
    eventAt: (position: number) => {
      const [letter = '', replaces = []] = events[position] ?? []
      const tags = replaces.map((other) => ['replaces', id(other)])
      return Promise.resolve({ id: id(letter), tags } as unknown as NostrEvent)
    }
  }
}

test('what a newer version of the same path replaces, and nothing else', async (t) => {
  const events: [string, string[]][] = [
    ['a', []],
    ['b', ['a']],
    ['c', ['b']],
    ['d', ['a']],
    ['e', []]
  ]
  const files = known(
    version('a', 'trip/map.txt', 0),
    version('b', 'trip/map.txt', 1),
    version('c', 'trip/map.txt', 2),
    version('d', 'other.txt', 3),
    version('e', 'other.txt', 4)
  )
  const { hashes } = await replacedFiles(files, log(events))
  t.alike(hashes.sort(), [id('a'), id('b')])
})

test('two that replace each other both stay, and a path is never left empty', async (t) => {
  const events: [string, string[]][] = [
    ['a', ['b']],
    ['b', ['a']]
  ]
  const files = known(version('a', 'x', 0), version('b', 'x', 1))
  t.alike(await replacedFiles(files, log(events)), { hashes: [], records: [] })
})

test('bytes that are an earlier version in one place are what they are in another', async (t) => {
  const events: [string, string[]][] = [
    ['a', []],
    ['b', ['a']],
    ['c', []]
  ]
  const old = version('a', 'trip/map.txt', 0)
  const { eventId, position, createdAt, path } = version('c', 'copies/map.txt', 2)
  const other = { eventId, position, createdAt, path, pubkey: id('f'), mime: null, name: null }
  const files = known({ ...old, others: [other] }, version('b', 'trip/map.txt', 1))
  t.alike(await replacedFiles(files, log(events)), {
    hashes: [],
    records: [`${id('a')} ${id('a')}`]
  })
})
