/** The channel for ephemeral events on real connections: what is too large, and what is too much. */
import b4a from 'b4a'
import { createConnection, createServer } from 'bare-tcp'
import type { Socket } from 'bare-tcp'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import Protomux from 'protomux'
import test from 'brittle'
import type { Assert } from 'brittle'

import { EphemeralChannel, PROTOCOL } from '../../protocol/ephemeral-channel.ts'
import { MAX_EVENT_BYTES } from '../../protocol/nostr.ts'
import { heard, says, seats } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { until } from './member.ts'

const LONG = { timeout: 60_000 }

test('a frame larger than any event ends its channel, and nothing else', LONG, async (t) => {
  const [a, b] = (await seats(t, 1)) as [Seat, Seat]
  const carries = (seat: Seat, count: number) => async (): Promise<void> => {
    const link = seat.group.link!
    await until(() => link.neighbours === count, seat.group, {
      on: (_event, look) => link.on('neighbours', look)
    })
  }
  await carries(a, 1)()
  await carries(b, 1)()
  const [connection] = b.member.network.swarm.connections
  const channel = [...Protomux.from(connection!)].find(
    ({ protocol, closed }) => protocol === PROTOCOL && !closed
  )
  channel!.messages[0]!.send(b4a.alloc(MAX_EVENT_BYTES + 1, 'x'))
  await Promise.all([carries(a, 0)(), carries(b, 0)()])
  t.is(a.group.link?.members().length, 1, 'it is a member as before')
  t.absent(connection!.destroyed)
  await heard(await says(b, 'still here'), a)
  t.pass('and what it writes comes')
})

/** Both ends of a TCP connection with Noise. */
async function wire(
  t: Assert
): Promise<{ near: Socket; far: Socket; muxes: [Protomux, Protomux] }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const accepted = new Promise<Socket>((resolve) => server.on('connection', resolve))
  const near = createConnection((server.address() as { port: number }).port, '127.0.0.1')
  const far = await accepted
  const streams = [new NoiseSecretStream(true, near), new NoiseSecretStream(false, far)] as const
  for (const stream of streams) stream.on('error', () => {}) // the test ends it
  t.teardown(() => {
    for (const stream of streams) stream.destroy()
    server.close()
  })
  await Promise.all(streams.map((stream) => stream.opened))
  return { near, far, muxes: [Protomux.from(streams[0]), Protomux.from(streams[1])] }
}

test('who does not read is left out, and is told again when it does', LONG, async (t) => {
  const { far, muxes } = await wire(t)
  const id = b4a.alloc(32, 7)
  const got: number[] = []
  let opened = (): void => {}
  let came = (): void => {}
  const open = new Promise<void>((resolve) => (opened = resolve))
  const options = { id, onoffence: () => t.fail('an offence'), onclose() {} }
  const sender = new EphemeralChannel(muxes[0], { ...options, hear() {}, onopen: () => opened() })
  const hear = (bytes: Uint8Array): void => {
    got.push(Number(b4a.toString(bytes.subarray(0, 12)).trim()))
    came()
  }
  const receiver = new EphemeralChannel(muxes[1], { ...options, hear, onopen() {} })
  await open
  t.ok(receiver.isHeard && sender.isHeard)

  far.pause()
  const sent: number[] = []
  const frame = b4a.alloc(16 * 1024, ' ')
  const offer = (n: number): boolean => {
    const bytes = b4a.from(frame)
    bytes.set(b4a.from(String(n)))
    return sender.send(bytes)
  }
  let bytes = 0
  let [n, refused] = [0, 0]
  while (refused < 50 && bytes < 256e6) {
    // The connection has its turns: only what it does not take is too much.
    if (n % 64 === 63) await new Promise<void>((resolve) => setImmediate(resolve))
    if (offer(n)) {
      sent.push(n)
      bytes += frame.byteLength
    } else refused++
    n++
  }
  t.ok(refused >= 50, `${(bytes / 1e6).toFixed(1)} MB are on their way, and then no more`)
  t.ok(bytes < 64e6)

  far.resume()
  while (got.length < sent.length) await new Promise<void>((resolve) => (came = resolve))
  t.alike(got, sent, 'what was taken comes, in its order; what was left out waits nowhere')
  while (!offer(n)) await new Promise<void>((resolve) => setImmediate(resolve))
  while (got.at(-1) !== n) await new Promise<void>((resolve) => (came = resolve))
  t.pass('and it goes on')
})
