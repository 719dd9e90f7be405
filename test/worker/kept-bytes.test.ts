/** What is kept for long holds no more memory than its own. */
import test from 'brittle'

import { KeptBytes } from '../../worker/kept-bytes.ts'
import '../../worker/small-buffers.ts'
import { IndexWrite } from '../../worker/relays/index-write.ts'
import { ageOf, tagTerm, termsOf } from '../../worker/relays/terms.ts'
import type { Entry } from '../../worker/relays/terms.ts'

test('bytes that are kept lie side by side, and nothing else does', (t) => {
  const kept = new KeptBytes()
  const made = Array.from({ length: 1000 }, (_, i) => {
    const bytes = Buffer.alloc(1 + (i % 40), i)
    const copy = kept.keep(bytes)
    bytes.fill(0)
    return copy
  })
  const wrong = made.findIndex((bytes, i) => !bytes.equals(Buffer.alloc(1 + (i % 40), i)))
  t.is(wrong, -1)
  const pieces = new Set(made.map(({ buffer }) => buffer))
  t.ok(pieces.size <= 4, '20 kB are not in more than four pieces')
  t.is(kept.keep(Buffer.alloc(100_000, 7)).at(-1), 7, 'one that is longer than a piece')
})

test('terms that are remembered, and what is made of them, hold nothing else', (t) => {
  const others: Buffer[] = []
  const pieces = new Set<ArrayBufferLike>()
  for (let i = 0; i < 500; i++) {
    const tags = [['q', `some event ${i}`]]
    const event = {
      id: 'a'.repeat(64),
      pubkey: '',
      kind: 1,
      created_at: 1,
      tags,
      content: '',
      sig: ''
    }
    const entry = {
      age: ageOf(1),
      id: Buffer.alloc(32),
      position: 0,
      hidden: 0,
      expires: 0,
      json: ''
    }
    new IndexWrite().putEntry({ ...entry, event } satisfies Entry, null)
    const term = termsOf({ ...entry, event }).at(-1)!
    t.is(term, tagTerm('q', `some event ${i}`), 'it is remembered')
    pieces.add(term.buffer).add(term.beginning!.buffer)
    others.push(Buffer.from('something else'))
  }
  t.ok(others.every(({ buffer }) => !pieces.has(buffer)))
  t.ok(pieces.size <= 4, `${pieces.size} pieces`)
})
