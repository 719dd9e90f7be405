/** Lanes over the file channel: who is made an offer, and what is no offer. */
import b4a from 'b4a'
import { AbortController } from 'bare-abort-controller'
import test from 'brittle'

import { HypertunaError } from '../../protocol/errors.ts'
import { BytesResponder, codeOf, MEMBER, pair as connected } from './channel-pair.ts'

const TOKEN = b4a.alloc(32, 5)
/** Two open channels that close with the test. */
async function pair(
  t: { teardown(fn: () => unknown): void },
  ...args: Parameters<typeof connected>
): ReturnType<typeof connected> {
  const both = await connected(...args)
  t.teardown(() => Promise.all([both.asking.close(), both.answering.close()]))
  return both
}

const nothing = new BytesResponder(b4a.alloc(0))

test('a proven member is made an offer', async (t) => {
  const asked: unknown[] = []
  const { asking } = await pair(t, nothing, {
    answering: {
      offerLane: (peer) => {
        asked.push(peer.pubkey)
        return { port: 4000, token: TOKEN }
      }
    }
  })
  t.alike(await asking.lane(), { port: 4000, token: TOKEN })
  t.alike(asked, [MEMBER.pubkey])
})

test('a gateway is made none, nor anybody where none is made, and is told so', async (t) => {
  const gateway = { ...MEMBER, role: 'gateway' as const, pubkey: null, driveKey: null }
  const never = (): never => {
    throw new Error('It was asked for all the same')
  }
  const { asking } = await pair(t, nothing, {
    answering: { checkPeer: () => gateway, offerLane: never }
  })
  t.is(await codeOf(asking.lane()), 'FORBIDDEN')
  const without = await pair(t, nothing)
  t.is(await codeOf(without.asking.lane()), 'FORBIDDEN')
  const busy = await pair(t, nothing, {
    answering: { offerLane: () => Promise.reject(new HypertunaError('BUSY', 'Enough lanes')) }
  })
  t.is(await codeOf(busy.asking.lane()), 'BUSY')
  t.is(without.asking.reason, null, 'the channel goes on')
})

test('who gets no answer can stop waiting', async (t) => {
  const { asking } = await pair(t, nothing, {
    answering: { offerLane: () => new Promise(() => {}) }
  })
  const stop = new AbortController()
  const asked = codeOf(asking.lane(stop.signal))
  stop.abort(new Error('enough'))
  t.is(await asked, 'CANCELLED')
  void asking.close()
  t.is(await codeOf(asking.lane()), 'CLOSED')
})

for (const port of [0, 22, 1023, 65536]) {
  test(`an offer of port ${port} is none, and ends the channel`, async (t) => {
    const { asking } = await pair(t, nothing, {
      answering: { offerLane: () => ({ port, token: TOKEN }) }
    })
    t.is(await codeOf(asking.lane()), 'CLOSED')
    t.is(asking.reason?.code, 'BAD_REQUEST')
  })
}
