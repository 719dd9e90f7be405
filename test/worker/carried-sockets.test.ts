import test from 'brittle'
import { ChannelSocket } from '../../protocol/file-channel/channel.ts'
import { Outflow } from '../../protocol/file-channel/outflow.ts'
import { CarriedSockets } from '../../worker/serve/nostr/carried-sockets.ts'

const socket = (): ChannelSocket =>
  new ChannelSocket(
    { outflow: new Outflow(1 << 20), message: () => {}, grant: () => {}, leave: () => {} },
    1024
  )

test('no gateway keeps the others out', (t) => {
  const carried = new CarriedSockets(16)
  const greedy: ChannelSocket[] = []
  for (;;) {
    const one = socket()
    if (!carried.add(one, 'greedy')) break
    greedy.push(one)
  }
  t.is(greedy.length, 8, 'one has a half of all')
  let others = 0
  while (carried.add(socket(), 'other')) others++
  t.is(others, 4, 'the next one a half of what is left')
  t.ok(carried.add(socket(), 'third'))
  for (const one of greedy) one.close()
  t.ok(carried.add(socket(), 'greedy'), 'what has ended counts no more')
  carried.close()
  let again = 0
  while (carried.add(socket(), 'other')) again++
  t.is(again, 8)
})
