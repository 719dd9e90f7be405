/** A message is told before its files are known, and again with them. */
import test from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import type { ConversationEvent } from '../../protocol/rpc/generated/types.ts'
import { LateFiles } from '../../worker/late-files.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)

const message = (id: string, ...hashes: string[]): NostrEvent => {
  const tags = hashes.map((hash) => ['imeta', 'url https://a.example/x', `x ${hash}`, 'size 1'])
  return { id, kind: 9, tags } as unknown as NostrEvent
}

const told = (id: string, ...hashes: string[]): ConversationEvent =>
  ({ id, files: hashes.map((hash) => ({ hash })) }) as unknown as ConversationEvent

test('what was told without its files is told again when they are known', (t) => {
  const late = new LateFiles()
  const [both, plain] = [message('one', A, B), message('two')]
  late.told([both, plain], [told('one', A), told('two')])
  t.alike(
    late.ready(null, () => false),
    [],
    'not before'
  )
  t.alike(
    late.ready(new Set([A]), () => true),
    [],
    'nor for what it was told with'
  )
  t.alike(
    late.ready(new Set([B]), () => true),
    [both]
  )
  t.alike(
    late.ready(null, () => true),
    [both],
    'whatever changed'
  )
  late.told([both], [told('one', A, B)])
  t.alike(
    late.ready(null, () => true),
    [],
    'and once'
  )
  late.told([both], [told('one')])
  late.clear()
  t.alike(
    late.ready(null, () => true),
    [],
    'of what is shown now alone'
  )
})
