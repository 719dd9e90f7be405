import test from 'brittle'
import { matches, MAX_VALUES, parseFilter } from '../../protocol/filter.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const event: NostrEvent = {
  id: A,
  pubkey: B,
  created_at: 100,
  kind: 9,
  tags: [['h', 'birds'], ['e', A, 'wss://relay.example'], ['e', B], ['t'], ['long', 'x']],
  content: 'hello',
  sig: 'c'.repeat(128)
}

test('what matches', (t) => {
  const yes: object[] = [
    {},
    { ids: [A] },
    { ids: [B, A] },
    { authors: [B] },
    { kinds: [1, 9] },
    { '#h': ['birds'] },
    { '#e': [B] },
    { '#e': ['x', A], '#h': ['birds', 'y'] },
    { since: 100, until: 100 },
    { since: 0, limit: 0 },
    { ids: [A], authors: [B], kinds: [9], '#h': ['birds'], since: 1, until: 200, limit: 5 }
  ]
  for (const filter of yes) t.ok(matches(parseFilter(filter), event), JSON.stringify(filter))
})

test('what does not match', (t) => {
  const no: object[] = [
    { ids: [B] },
    { ids: [] },
    { authors: [A] },
    { authors: [] },
    { kinds: [1] },
    { kinds: [] },
    { '#h': ['Birds'] },
    { '#h': [] },
    { '#H': ['birds'] },
    { '#t': [''] },
    { '#e': ['wss://relay.example'] },
    { since: 101 },
    { until: 99 },
    { ids: [A], kinds: [1] },
    { '#h': ['birds'], '#e': ['x'] }
  ]
  for (const filter of no) t.absent(matches(parseFilter(filter), event), JSON.stringify(filter))
})

test('what is no filter, or too much of one, is refused by name', async (t) => {
  const many = Array.from({ length: MAX_VALUES + 1 }, (_, n) => n)
  const tags = Object.fromEntries(Array.from('abcdefghijklmnopq', (name) => ['#' + name, ['x']]))
  const wrong: [value: unknown, message: RegExp][] = [
    [null, /object/],
    [[], /object/],
    ['{}', /object/],
    [{ ids: 'x' }, /ids is a list/],
    [{ ids: [A.slice(1)] }, /ids has a value/],
    [{ ids: [A.toUpperCase()] }, /ids has a value/],
    [{ authors: [1] }, /authors has a value/],
    [{ kinds: ['9'] }, /kinds has a value/],
    [{ kinds: [-1] }, /kinds has a value/],
    [{ kinds: [65536] }, /kinds has a value/],
    [{ kinds: many }, /more than 1024/],
    [{ '#h': ['x'.repeat(1025)] }, /#h has a value/],
    [{ '#h': [1] }, /#h has a value/],
    [{ '#hh': ['x'] }, /unknown field/],
    [{ '&t': ['x'] }, /unknown field/],
    [{ since: 'now' }, /since is a whole number/],
    [{ until: -1 }, /until is a whole number/],
    [{ limit: 1.5 }, /limit is a whole number/],
    [{ limit: null }, /limit is a whole number/],
    [{ search: 'x'.repeat(257) }, /search/],
    [tags, /at most 16 tags/]
  ]
  for (const [value, message] of wrong) t.exception(() => parseFilter(value), message)
  await t.exception(() => parseFilter(JSON.parse('{"__proto__":{"kinds":[1]}}')), /unknown field/)
})
