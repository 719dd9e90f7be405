/** Two members who ask each other the same at the same moment. */
import test from 'brittle'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import sodium from 'sodium-universal'

import { Budget, Budgets } from '../../worker/budget.ts'
import { Challenger } from '../../worker/files/holdings/challenger.ts'
import type { ChallengerOptions } from '../../worker/files/holdings/challenger.ts'
import { Door } from '../../worker/files/holdings/door.ts'
import { Ledger } from '../../worker/files/holdings/ledger.ts'
import { PACE } from '../../worker/files/holdings/pace.ts'
import { providerOf } from '../../worker/files/providers.ts'

const hex = (): string => b4a.toString(crypto.randomBytes(32), 'hex')

interface Asked {
  hash: string
  offset: number
  length: number
  nonce: Uint8Array
}

test('who asked us the same meanwhile is asked again soon', async (t) => {
  const [relayKey, hash, own] = [hex(), hex(), hex()]
  const peer = { pubkey: hex(), driveKey: hex() }
  const holder = providerOf(peer)
  const content = b4a.from('all that the file is')
  const door = new Door()
  const ledger = new Ledger()
  let crossing = true
  let asked = 0
  const channel = {
    peer,
    reason: null,
    sample({ offset, length, nonce }: Asked): Promise<Uint8Array> {
      asked++
      if (crossing) door.reading(relayKey, hash, 0, content.byteLength)
      const digest = b4a.alloc(32)
      sodium.crypto_generichash_batch(digest, [content.subarray(offset, offset + length)], nonce)
      return Promise.resolve(digest)
    }
  }
  const size = content.byteLength
  const file = { hash, size, here: true, piecesRoot: null, providers: new Set([holder]) }
  const options = {
    group: { relay: { relayKey }, link: { members: () => [channel] } },
    files: new Map([[hash, { ...file, createdAt: 0 }]]),
    drive: {
      key: own,
      async *getFile(_: string, __: string, { start, end }: { start: number; end: number }) {
        yield await Promise.resolve(content.subarray(start, end))
      }
    },
    ledger,
    door,
    pace: { ...PACE, look: 20 },
    budgets: {
      all: new Budget(99, 0),
      each: new Budgets(() => new Budget(99, 0), 9),
      bytes: new Budget(99, 0)
    },
    asksForMissing: () => false,
    log: () => {}
  }
  const challenger = new Challenger(options as unknown as ChallengerOptions)
  t.teardown(() => challenger.close())
  const told = (event: string): Promise<void> =>
    new Promise((resolve) => challenger.once(event, () => resolve()))

  const first = told('asked')
  challenger.wake()
  await first
  crossing = false
  await told('verdict')
  t.is(asked, 2, 'without the wait for who tells nothing')
  t.ok((ledger.of(relayKey, hash).get(holder)?.provedAt ?? 0) > 0)
})
