import test from 'brittle'
import { Turns } from '../../app/ui/outbox/turns.ts'
import { Feed } from '../../app/ui/session/feed.ts'
import { addEvents, patchConversation, patchRelays } from '../../app/ui/state/feeds.ts'
import { NO_FILES, patchFiles } from '../../app/ui/state/known-files.ts'
import type {
  ConversationEvent,
  Relay,
  RelayList,
  SharedFile
} from '../../protocol/rpc/generated/types.ts'

test('a conversation is in the order of its times, each event once', (t) => {
  const first = addEvents([], { reset: true, events: [event('b', 2), event('a', 1)] })
  t.alike(ids(first), ['a', 'b'])
  const more = addEvents(first, { reset: false, events: [event('b', 2), event('c', 2)] })
  t.alike(ids(more), ['a', 'b', 'c'], 'what comes twice is there once')
  const same = addEvents(more, { reset: false, events: [event('a0', 2)] })
  t.alike(ids(same), ['a', 'b', 'c', 'a0'], 'of one second, in the order of the group’s log')
  t.alike(ids(addEvents(more, { reset: true, events: [event('z', 9)] })), ['z'])
})

test('a long conversation comes in parts, and is seen when it is whole', (t) => {
  const short = { events: [event('z', 9)], coming: null }
  const part = patchConversation(short, { reset: true, events: [event('a', 1)], more: true })
  t.alike(ids(part.events), ['z'], 'until then what was there stays')
  const next = patchConversation(part, { reset: false, events: [event('b', 2)], more: true })
  const whole = patchConversation(next, { reset: false, events: [event('c', 3)], more: false })
  t.alike(ids(whole.events), ['a', 'b', 'c'])
  const more = patchConversation(whole, { reset: false, events: [event('d', 4)] })
  t.alike(ids(more.events), ['a', 'b', 'c', 'd'], 'and then what is new is added')
  const anew = patchConversation(next, { reset: true, events: [event('e', 5)] })
  t.alike(ids(anew.events), ['e'], 'one that begins anew in the middle of it takes its place')
})

test('groups are patched by their key, and stand with the newest word first', (t) => {
  const list = (relays: Relay[], change: Partial<RelayList>) => ({ relays, waiting: [], ...change })
  const none = { relays: [], waiting: null }
  const first = patchRelays(none, list([relay('a', 1), relay('b', 3), relay('c', 3)], {}))
  t.alike(keys(first), ['b', 'c', 'a'], 'those of one second as the worker has them')
  const next = patchRelays(first, list([relay('a', 4)], { reset: false, removed: ['c'] }))
  t.alike(keys(next), ['a', 'b'])
  t.is(next.relays[1], first.relays[0], 'what is alike is the same')
  t.is(patchRelays(next, list([], { reset: false })), next)
  t.alike(keys(patchRelays(next, list([relay('e', 1)], { reset: true }))), ['e'], 'or all anew')
})

test('files are patched by their hash', (t) => {
  const two = [file('a'), file('b')]
  const first = patchFiles(NO_FILES, { reset: true, files: two, removed: [] })
  const next = patchFiles(first, { reset: false, files: [file('c')], removed: ['a'] })
  t.alike([...next.byKey.keys()], ['b', 'c'])
  t.alike([...first.byKey.keys()], ['a', 'b'], 'and what was shown before is untouched')
  const again = patchFiles(next, { reset: true, files: [file('d')], removed: [] })
  t.alike([...again.byKey.keys()], ['d'], 'a new session starts over')
})

test('a list of files is another one only when its order or its contents are', (t) => {
  const known = patchFiles(NO_FILES, { reset: true, files: [file('a'), file('b')], removed: [] })
  const patched = (change: Partial<SharedFile>) =>
    patchFiles(known, { reset: false, files: [{ ...file('a'), ...change }], removed: [] })
  t.is(patched({ received: 7 }).listed, known.listed, 'not by how far a fetch is')
  t.is(patched({ received: 7 }).byKey.get('a')?.received, 7, 'though that is known')
  t.unlike(patched({ name: 'other' }).listed, known.listed, 'by a name')
  t.unlike(patched({ here: false }).listed, known.listed, 'when bytes come or go')
  const gone = patchFiles(known, { reset: false, files: [], removed: ['b'] })
  t.is(gone.listed.length, 1, 'when one has gone')
})

test('a feed starts with its first reader, says much at once, and ends after its last', async (t) => {
  t.plan(5)
  let push: (value: number) => void = () => {}
  const ended = new Promise<void>((resolve) => {
    const feed = new Feed<number>(0, 0, {
      start(onvalue) {
        push = (value) => onvalue((sum) => sum + value)
        return () => t.pass('the subscription was left')
      },
      idle: resolve
    })
    t.is(feed.get().loaded, false)
    const leave = feed.subscribe(() => {
      t.is(feed.get().value, 6, 'three values are one change')
      t.is(feed.get().loaded, true)
      leave()
    })
    for (const value of [1, 2, 3]) push(value)
  })
  await ended
  t.pass('the feed is idle')
})

test('turns are taken in order, a few at once, and given back by what fails', async (t) => {
  const turns = new Turns(2)
  const { signal } = new FakeSignal()
  const started: number[] = []
  let running = 0
  let most = 0
  const job = (index: number) => async () => {
    started.push(index)
    most = Math.max(most, ++running)
    await Promise.resolve()
    running--
    if (index === 1) throw new Error('this one fails')
  }
  const all = await Promise.allSettled([0, 1, 2, 3, 4].map((i) => turns.take(signal, job(i))))
  t.alike(started, [0, 1, 2, 3, 4])
  t.is(most, 2)
  t.alike(
    all.map(({ status }) => status === 'fulfilled'),
    [true, false, true, true, true]
  )
})

/** Bare has no AbortSignal of its own; of it the turns ask only this. */
class FakeSignal {
  readonly signal = { throwIfAborted() {} } as AbortSignal
}

function event(id: string, createdAt: number): ConversationEvent {
  return { id, createdAt, pubkey: 'p', kind: 9, content: '', tags: '[]', files: [] }
}

function file(hash: string): SharedFile {
  return {
    hash,
    size: 1,
    eventId: 'e',
    pubkey: 'p',
    createdAt: 1,
    here: true,
    providers: 1,
    online: 1,
    phase: 'here',
    received: 1
  }
}

function ids(events: ConversationEvent[]): string[] {
  return events.map(({ id }) => id)
}

const relay = (relayKey: string, lastEventAt: number) => ({ relayKey, lastEventAt }) as Relay

const keys = ({ relays }: RelayList) => relays.map(({ relayKey }) => relayKey)
