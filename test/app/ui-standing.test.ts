import test from 'brittle'
import {
  beforeEach,
  happened,
  isEcho,
  isHappening,
  lastRemovals
} from '../../app/ui/screens/happenings.ts'
import { administers, endOf, moderates } from '../../app/ui/state/standing.ts'
import type { ConversationEvent, Relay } from '../../protocol/rpc/generated/types.ts'
import { someRelay } from '../protocol/rpc-ends.ts'

const names: Record<string, string> = { m: 'Mara', i: 'Ivo' }
const nameOf = (pubkey: string, given: string | null = null): string =>
  names[pubkey] ?? given ?? 'Someone'

test('who came and went is told by name, also of who is here no more', (t) => {
  const line = (fields: Partial<ConversationEvent>): string =>
    happened(event(fields), { nameOf, before: new Map() })
  const invited = JSON.stringify([['code', 'c']])
  t.is(line({ kind: 9021, pubkey: 'i', tags: invited }), 'Ivo joined')
  t.is(line({ kind: 9021, pubkey: 'i' }), 'Ivo asked to join')
  const comes = event({ kind: 9021, pubkey: 'i' })
  t.is(
    happened(comes, { nameOf, before: new Map(), open: true }),
    'Ivo joined',
    'an open group takes whoever asks'
  )
  t.is(line({ kind: 9022, pubkey: 'o', name: 'Olga' }), 'Olga left')
  const removed = { kind: 9001, pubkey: 'm', subject: 'o', subjectName: 'Olga' }
  t.is(line(removed), 'Mara removed Olga')
  const put = (...p: string[]): Partial<ConversationEvent> => ({
    kind: 9000,
    pubkey: 'm',
    subject: 'i',
    tags: JSON.stringify([
      ['h', 'x'],
      ['p', ...p]
    ])
  })
  t.is(line(put('i')), 'Mara made Ivo a member')
  t.is(line(put('i', 'moderator')), 'Mara made Ivo a moderator')
  t.is(line(put('i', 'admin', 'king')), 'Mara made Ivo an admin')
  const note = { ...put('i'), byRelay: true }
  t.ok(isEcho(event(note), new Map()), 'the relay’s note of a coming is no news')
  const tags = JSON.stringify([
    ['p', 'i'],
    ['invite', 'x']
  ])
  t.is(line({ ...note, tags }), 'Ivo joined', 'let in by the code of an invite')
  t.absent(isEcho(event({ ...note, tags }), new Map()))
  t.ok(
    isEcho(event({ ...removed, byRelay: true }), new Map()),
    'the relay’s note of a leaving is no news'
  )
  t.absent(isEcho(event(removed), new Map()))
  t.absent(isHappening(event({ kind: 9 })))
})

test('who is let in, comes back, or adds a device is told as that', (t) => {
  const tags = (...all: string[][]): string => JSON.stringify(all)
  const asks = event({ id: 'a', kind: 9021, pubkey: 'i' })
  const joins = event({ id: 'j', kind: 9021, pubkey: 'i', tags: tags(['code', 'c']) })
  const put = event({ id: 'p', kind: 9000, pubkey: 'm', subject: 'i', tags: tags(['p', 'i']) })
  const raised = { ...put, id: 'r', tags: tags(['p', 'i', 'moderator']) }
  const removed = event({ id: 'x', kind: 9001, pubkey: 'm', subject: 'i' })
  const comes = { ...joins, id: 'c', wasIn: true }
  const told = (...events: ConversationEvent[]): string[] => {
    const before = beforeEach(events)
    const lines = events.filter((one) => !isEcho(one, before))
    return lines.map((one) => happened(one, { nameOf, before }))
  }
  const joined = 'Ivo joined'
  const in_ = 'Mara let Ivo in'
  t.alike(told(asks, put), ['Ivo asked to join', in_])
  t.alike(told(asks, put, { ...asks, id: 'c', wasIn: true }), ['Ivo asked to join', in_])
  t.alike(told(joins, put), [joined, 'Mara made Ivo a member'], 'a role that was taken')
  t.alike(told(joins, comes), [joined, 'Ivo added a device'])
  t.alike(told(comes), ['Ivo added a device'], 'also where it begins later')
  t.alike(told(joins, raised, comes).at(-1), 'Ivo added a device')
  t.alike(told(joins, removed, put, comes).slice(1), [
    'Mara removed Ivo',
    'Mara let Ivo in again',
    joined
  ])
  const note = event({ id: 'n', kind: 9000, pubkey: 'k', subject: 'i', byRelay: true })
  t.alike(told(asks, { ...note, tags: tags(['p', 'i']) }, put).at(-1), in_, 'notes do not count')
})

test('what may be done follows the role, and ends with the group', (t) => {
  const relay = (fields: Partial<Relay>): Relay => ({ ...someRelay('notes'), ...fields })
  t.ok(administers(relay({ role: 'admin' })) && moderates(relay({ role: 'admin' })))
  t.ok(moderates(relay({ role: 'moderator' })))
  t.absent(administers(relay({ role: 'moderator' })))
  t.absent(moderates(relay({ role: 'member' })))
  t.is(endOf(relay({})), null)
  t.is(endOf(relay({ removed: true })), 'removed')
  t.is(endOf(relay({ left: true })), 'left')
  t.is(endOf(relay({ letIn: true, role: 'member' })), 'letIn')
  t.absent(administers(relay({ letIn: true, role: 'admin' })), 'before this device can write')
  t.is(endOf(relay({ deleted: true, left: true })), 'deleted')
  t.absent(administers(relay({ role: 'admin', deleted: true })))
})

function event(fields: Partial<ConversationEvent>): ConversationEvent {
  const plain = { id: 'e', createdAt: 1, pubkey: 'p', kind: 9, content: '', tags: '[]', files: [] }
  return { ...plain, ...fields }
}

test('a removal can be taken back until something else happened to whom it was about', (t) => {
  const removal = (id: string, subject: string) => event({ id, kind: 9001, subject })
  const [first, other] = [removal('a', 'i'), removal('b', 's')]
  t.alike([...lastRemovals([first, other])], ['a', 'b'])
  const back = event({ id: 'c', kind: 9000, subject: 'i' })
  t.alike([...lastRemovals([first, other, back])], ['b'])
  const again = removal('d', 'i')
  t.alike([...lastRemovals([first, other, back, again])].sort(), ['b', 'd'], 'and once more')
})
