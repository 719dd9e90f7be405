/** Files that were added together are one line of a conversation. */
import test from 'brittle'

import { foldFiles } from '../../app/ui/screens/fold.ts'
import type { Line, LocalMessage } from '../../app/ui/screens/lines.ts'
import type { ConversationEvent } from '../../protocol/rpc/generated/types.ts'

const NOON = 1_750_000_000
const nothing = { isMarked: () => false, firstNew: null }

function added(id: string, at: number, change: Partial<ConversationEvent> = {}, path = `T/${id}`) {
  const files = [{ hash: id, path, name: id }]
  const event = { id, pubkey: 'mara', kind: 1063, content: '', tags: '[]', files, createdAt: at }
  return line({ ...event, ...change } as unknown as ConversationEvent)
}

function line(event: ConversationEvent): Line<LocalMessage> {
  return { key: event.id, at: event.createdAt, event }
}

const many = (count: number, path?: string) =>
  Array.from({ length: count }, (_, i) => added(`f${i}`, NOON + i, {}, path))

const shape = (lines: Line<LocalMessage>[]) =>
  lines.map(({ key, album }) => (album ? `${key}+${album.length}` : key))

test('a folder is one line, and a few files are not', (t) => {
  t.alike(shape(foldFiles(many(5), nothing)), ['f0+5'])
  t.alike(shape(foldFiles(many(3), nothing)), ['f0', 'f1', 'f2'])
  t.is(foldFiles(many(5, 'alone.png'), nothing).length, 5, 'nor are some files of no folder')
  t.is(foldFiles(many(12, 'alone.png'), nothing).length, 1, 'but many are')
  const [album] = foldFiles(many(5), nothing)
  t.is(album?.at, NOON + 4, 'what comes next follows the last of them')
})

test('words, another person, another folder and time end a line', (t) => {
  const words = added('w', NOON + 9, { kind: 9, content: 'Look!' })
  t.alike(shape(foldFiles([...many(4), words, ...many(4)], nothing)), ['f0+4', 'w', 'f0+4'])
  const his = added('i', NOON + 9, { pubkey: 'ivo' })
  t.alike(shape(foldFiles([...many(4), his], nothing)), ['f0+4', 'i'])
  const other = added('o', NOON + 9, {}, 'Other/o')
  t.alike(shape(foldFiles([...many(4), other], nothing)), ['f0+4', 'o'])
  const late = added('l', NOON + 4000)
  t.alike(shape(foldFiles([...many(4), late], nothing)), ['f0+4', 'l'])
})

test('what somebody said something about, and what is new, is seen by itself', (t) => {
  const isMarked = ({ id }: ConversationEvent) => id === 'f4'
  const marked = foldFiles(many(9), { isMarked, firstNew: null })
  t.alike(shape(marked), ['f0+4', 'f4', 'f5+4'])
  const fresh = foldFiles(many(8), { isMarked: () => false, firstNew: 'f4' })
  t.alike(shape(fresh), ['f0+4', 'f4+4'], 'the mark of new messages keeps its place')
  const answer = added('a', NOON + 9, { tags: JSON.stringify([['q', 'f1']]) })
  t.alike(shape(foldFiles([...many(4), answer], nothing)), ['f0+4', 'a'])
})
