import test from 'brittle'

import { HeldClaims } from '../../protocol/held-claims.ts'

const claim = (hash: number[], pubkey: number, signature: number): Uint8Array => {
  const bytes = new Uint8Array(128).fill(pubkey, 32, 64).fill(signature, 64)
  bytes.set(hash)
  return bytes
}

test('what was kept is known, and nothing that differs from it', (t) => {
  const held = new HeldClaims()
  const first = claim([1, 2, 3], 7, 9)
  t.absent(held.has(first))
  held.keep(first)
  t.ok(held.has(first))
  t.ok(held.has(claim([1, 2, 3], 7, 9)))
  for (let at = 0; at < 128; at++) {
    if (at >= 32 && at < 64) continue // the hash is of the pubkey
    const wrong = first.slice()
    wrong[at]! ^= 1
    if (held.has(wrong)) t.fail(`byte ${at}`)
  }
})

test('of five in the same place the oldest goes, and one that is kept again is one', (t) => {
  const held = new HeldClaims()
  const other = claim([1, 3], 9, 9)
  held.keep(other)
  const all = [1, 2, 3, 4, 5].map((n) => claim([1, 2, n], n, n))
  for (const each of all.slice(0, 4)) held.keep(each)
  held.keep(all[3]!)
  t.ok(all.slice(0, 4).every((each) => held.has(each)))
  held.keep(all[4]!)
  t.absent(held.has(all[0]!))
  t.ok(all.slice(1).every((each) => held.has(each)))
  t.ok(held.has(other))
})
