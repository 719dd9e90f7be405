/** Which files are seen, in which order and folder; and how what moves is told. */
import test from 'brittle'

import {
  arrange,
  Arranged,
  everything,
  matching,
  NameOrder,
  Search
} from '../../app/ui/files/query.ts'
import { gatherFetches, outgoingRow } from '../../app/ui/files/transfer-rows.ts'
import { inFolder, wayTo } from '../../app/ui/files/tree.ts'
import { isWholePath, guessFolder } from '../../app/ui/files/computer.ts'
import type { SharedFile, Transfer } from '../../protocol/rpc/generated/types.ts'

function file(name: string, facts: Partial<SharedFile> = {}): SharedFile {
  const path = name.includes('/') ? name : null
  const own = name.slice(name.lastIndexOf('/') + 1)
  return {
    hash: name,
    size: 10,
    eventId: name,
    pubkey: 'mara',
    createdAt: 1,
    here: true,
    providers: 1,
    online: 1,
    phase: 'here',
    received: 0,
    name: own,
    path,
    ...facts
  } as SharedFile
}

const names = (files: readonly SharedFile[]): string[] => files.map(({ name }) => name ?? '')
const nameOf = (pubkey: string): string => (pubkey === 'mara' ? 'Mara' : 'Ivo')

test('names are ordered as people count, and their places found once', (t) => {
  const files = [file('take 10.wav'), file('take 2.wav'), file('cover.png')]
  const order = new NameOrder()
  const placeOf = order.placesOf(files)
  t.alike(names(arrange([...files], 'name', placeOf)), ['cover.png', 'take 2.wav', 'take 10.wav'])
  const renamed = files.map((one) => (one.name === 'cover.png' ? { ...one, name: 'z.png' } : one))
  const sorted = arrange([...renamed], 'name', order.placesOf(renamed))
  t.alike(names(sorted), ['take 2.wav', 'take 10.wav', 'z.png'], 'until one has another name')
})

test('nearest first: here, with somebody online, with nobody, damaged', (t) => {
  const files = [
    file('nobody', { here: false, online: 0, phase: 'waiting' }),
    file('bad', { here: false, phase: 'bad' }),
    file('online', { here: false, phase: 'waiting' }),
    file('here')
  ]
  const placeOf = new NameOrder().placesOf(files)
  const sorted = names(arrange(files, 'availability', placeOf))
  t.alike(sorted, ['here', 'online', 'nobody', 'bad'])
})

test('what is searched for letter by letter is what is found at once', (t) => {
  const files = Array.from({ length: 40 }, (_, i) => file(`${['Harbour', 'Lisbon'][i % 2]} ${i}`))
  const search = new Search()
  const find = (words: string) => search.find(files, { ...everything, words }, nameOf)
  const seen = new Map<string, readonly SharedFile[]>()
  for (const words of ['h', 'ha', 'harbour', 'harbour 1', 'harbour 12', 'lis', 'x', 'xha']) {
    seen.set(words, find(words))
    t.alike(find(words), matching(files, { ...everything, words }, nameOf), words)
  }
  t.is(find('ha'), seen.get('ha'), 'and what was found before is found again')
  const hidden = search.find(files, { ...everything, words: 'ha', hereOnly: true }, nameOf)
  t.not(hidden, seen.get('ha'), 'of another question alone')
  const others = files.slice(0, 1)
  t.alike(search.find(others, { ...everything, words: 'ha' }, nameOf), others)
})

test('the order is worked out anew when the files are others', (t) => {
  const files = [file('b'), file('a')]
  const order = new NameOrder()
  const arranged = new Arranged()
  const sorted = arranged.arrange(files, 'name', order.placesOf(files))
  t.alike(names(sorted), ['a', 'b'])
  t.is(arranged.arrange(files, 'name', order.placesOf(files)), sorted, 'and only then')
  const more = [...files, file('aa')]
  t.alike(names(arranged.arrange(more, 'name', order.placesOf(more))), ['a', 'aa', 'b'])
})

test('words are looked for in names, folders and people', (t) => {
  const files = [file('Trips/a.png', { mime: 'image/png' }), file('b.txt', { pubkey: 'ivo' })]
  const find = (words: string) => names(matching(files, { ...everything, words }, nameOf))
  t.alike(find('trips'), ['a.png'])
  t.alike(find('IVO b'), ['b.txt'], 'every word, in any place')
  t.alike(find('ivo a.png'), [])
  const pictures = matching(files, { ...everything, kind: 'image' }, nameOf)
  t.alike(names(pictures), ['a.png'])
  const his = matching(files, { ...everything, person: 'ivo', hereOnly: true }, nameOf)
  t.alike(names(his), ['b.txt'])
})

test('folders follow from paths', (t) => {
  const picture = { mime: 'image/png' }
  const photos = [file('T/L/1.png', picture), file('T/L/2.png', { ...picture, here: false })]
  const files = [...photos, file('T/plan.txt'), file('top.txt')]
  const top = inFolder(files, '')
  t.alike(names(top.files), ['top.txt'])
  const looks = photos
  t.alike(top.folders, [{ path: 'T', name: 'T', files: 3, bytes: 30, here: 2, looks }])
  const inside = inFolder(files, 'T')
  t.alike(names(inside.files), ['plan.txt'])
  t.alike(inside.folders[0], { path: 'T/L', name: 'L', files: 2, bytes: 20, here: 1, looks })
  t.is(inFolder(files, 'T/L').files.length, 2)
  t.alike(wayTo('T/L'), [
    { path: 'T', name: 'T' },
    { path: 'T/L', name: 'L' }
  ])
})

const deeds = { cancel: () => {}, retry: () => {} }

function fetching(id: number, phase: Transfer['phase'] = 'running'): Transfer {
  const facts = { relayKey: 'r', hash: `${id}`, kind: 'fetch', rate: 5, name: `${id}.png` }
  return { id: `${id}`, ...facts, size: 100, received: 50, phase, retry: true } as Transfer
}

test('a few transfers are lines, many of one group are one that opens', (t) => {
  const few = gatherFetches(
    [1, 2].map((id) => fetching(id)),
    deeds,
    () => 'Choir'
  )
  t.is(few.length, 2)
  const many = [1, 2, 3, 4, 5].map((id) => fetching(id))
  const [row, ...others] = gatherFetches([...many, fetching(6, 'failed')], deeds, () => 'Choir')
  t.is(row?.problem, 'Failed', 'what failed stays by itself')
  t.ok(row?.retry, 'and can be tried again')
  t.is(others[0]?.name, '5 files from Choir')
  t.is(others[0]?.parts.length, 5)
  t.is(others[0]?.done, 250)
  t.is(others[0]?.left, 10, 'seconds, at the rate of all')
})

test('many that failed are one line too, tried again at once', (t) => {
  const again: string[] = []
  const failed = [1, 2, 3, 4, 5].map((id) => fetching(id, 'failed'))
  const retry = (id: string): void => void again.push(id)
  const rows = gatherFetches([...failed, fetching(6)], { ...deeds, retry }, () => 'Choir')
  const row = rows.find(({ problem }) => problem !== null)
  t.is(rows.length, 2)
  t.is(row?.name, '5 files from Choir')
  t.is(row?.parts.length, 5, 'each with its own reason')
  row?.retry?.()
  t.alike(
    again,
    failed.map(({ id }) => id)
  )
})

test('files of one message are one line, done as far as they are stored', (t) => {
  const part = (id: string, phase: string, done: number) => {
    return { id, name: id, size: 10, phase, done, rate: 0 }
  }
  const files = [part('a', 'stored', 10), part('b', 'sending', 4), part('c', 'waiting', 0)]
  const facts = { id: 'm', phase: 'sending', problem: null }
  const item = { ...facts, files }
  const ways = { cancel: () => {}, cancelFile: () => {}, retry: () => {} }
  const [row, ...others] = outgoingRow(item, ways)
  t.is(others.length, 0)
  t.is(row?.name, '3 files')
  t.is(row?.items, '1 of 3 files')
  t.is(row?.done, 14)
  t.is(row?.size, 30)
  t.alike(
    row?.parts.map(({ id }) => id),
    ['b', 'c']
  )
})

test('whole paths, and a guess at where saved files belong', (t) => {
  for (const path of ['/home/mara', 'C:\\Photos', 'D:/x', '\\\\nas\\x']) t.ok(isWholePath(path))
  for (const path of ['Photos', './x', '~/x', 'C:x']) t.absent(isWholePath(path))
  t.is(guessFolder('/home/mara/.hypertuna', 'A/B'), '/home/mara/Downloads/A-B')
  t.is(guessFolder('C:\\Users\\Ivo\\x', 'Choir'), 'C:\\Users\\Ivo\\Downloads\\Choir')
  t.is(guessFolder('/var/lib/hypertuna', 'Choir'), '')
})
