import test from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { replacedFiles } from '../../worker/file-versions.ts'
import type { SyncedFile } from '../../worker/files/synced-file.ts'

const id = (letter: string): string => letter.repeat(64)

function version(letter: string, path: string | null, position: number): SyncedFile {
  const facts = { hash: id(letter), eventId: id(letter), path, position, createdAt: position }
  return facts as unknown as SyncedFile
}

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
  const files = [
    version('a', 'trip/map.txt', 0),
    version('b', 'trip/map.txt', 1),
    version('c', 'trip/map.txt', 2),
    version('d', 'other.txt', 3),
    version('e', 'other.txt', 4)
  ]
  t.alike((await replacedFiles(files, log(events))).sort(), [id('a'), id('b')])
})

test('two that replace each other both stay, and a path is never left empty', async (t) => {
  const events: [string, string[]][] = [
    ['a', ['b']],
    ['b', ['a']]
  ]
  t.alike(await replacedFiles([version('a', 'x', 0), version('b', 'x', 1)], log(events)), [])
})
