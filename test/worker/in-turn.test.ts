import test from 'brittle'

import { InTurn } from '../../worker/relays/in-turn.ts'

test('what may wait is done once in its time, and at once when it was not done for that long', async (t) => {
  const { turn, rounds } = counted()
  turn.within(60_000)
  await turn.done
  t.is(rounds(), 1, 'nothing was done before')
  turn.within(60_000)
  turn.within(60_000)
  await turn.done
  t.is(rounds(), 1, 'that was a moment ago')
  turn.soon()
  await turn.done
  t.is(rounds(), 2)
  turn.within(60_000)
  await turn.stop() // or what was put off would keep the test from ending
  t.is(rounds(), 2)
})

test('what was put off is done', async (t) => {
  const twice = Promise.withResolvers<void>()
  const { turn, rounds } = counted((count) => count === 2 && twice.resolve())
  turn.soon()
  turn.within(20)
  await twice.promise
  t.is(rounds(), 2)
  await turn.stop()
})

function counted(onround: (count: number) => unknown = () => {}): {
  turn: InTurn
  rounds(): number
} {
  let count = 0
  const turn = new InTurn(
    async () => void onround(++count),
    (err) => {
      throw err
    }
  )
  return { turn, rounds: () => count }
}
