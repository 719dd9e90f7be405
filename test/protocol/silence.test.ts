import test from 'brittle'
import { Silence } from '../../protocol/silence.ts'

/** A client that says nothing; it answers so many pings, and this resolves when it is silent. */
function client(answers: number): { silence: Silence; over: Promise<void>; pings: number } {
  const over = Promise.withResolvers<void>()
  const ping = (): void => {
    it.pings++
    if (it.pings <= answers) queueMicrotask(() => it.silence.pong())
  }
  const silence = new Silence({ ping, over: over.resolve })
  const it = { silence, over: over.promise, pings: 0 }
  return it
}

test('who is alive and says nothing is silent, and who is held up is not', async (t) => {
  const heldUp = client(2)
  let isOver = false
  void heldUp.over.then(() => (isOver = true))
  const spoke = client(9)
  spoke.silence.end()
  const silent = client(9)
  await silent.over
  t.absent(isOver)
  t.is(heldUp.pings, 3, 'it is asked once, and waited for')
  t.is(spoke.pings, 0)
  heldUp.silence.end()
  heldUp.silence.pong()
  t.is(heldUp.pings, 3, 'what comes after its first word changes nothing')
})

test('a pong that nobody asked for counts for nothing', async (t) => {
  const eager = client(9)
  for (let i = 0; i < 20; i++) eager.silence.pong()
  t.is(eager.pings, 0)
  await eager.over
  t.ok(eager.pings > 1)
})

test('a connection that is ending is asked nothing', async (t) => {
  const asked = Promise.withResolvers<void>()
  const silence = new Silence({
    ping() {
      asked.resolve()
      throw new Error('NOT_CONNECTED')
    },
    over: () => t.fail('it is gone')
  })
  await asked.promise
  silence.pong()
})
