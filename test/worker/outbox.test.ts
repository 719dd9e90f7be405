/** What waits for clients that do not read. */
import test from 'brittle'
import { Backlog, Outbox } from '../../worker/serve/nostr/outbox.ts'
import type { Transport, TransportEvents } from '../../worker/serve/nostr/transport.ts'

/** A client that reads when it is told to. */
class Deaf implements Transport {
  destroying = false
  readonly #listening: TransportEvents[] = []

  write(): boolean {
    return false
  }

  destroy(): void {
    this.destroying = true
  }

  close(): void {
    this.destroying = true
  }

  pause(): void {}

  resume(): void {}

  listen(to: TransportEvents): void {
    this.#listening.push(to)
  }

  read(): void {
    for (const { drain } of this.#listening) drain?.()
  }
}

const KIB = Buffer.alloc(1024)
const limits = { outgoing: 1024 * 1024, stall: 30_000 }

function fill(outbox: Outbox, kib: number): void {
  for (let i = 0; i < kib; i++) outbox.send([KIB])
}

test('of all that wait the one with most is cut off, and the others are not', (t) => {
  const backlog = new Backlog(1536 * 1024)
  const clients = [new Deaf(), new Deaf(), new Deaf()]
  const [small, middle, large] = clients.map(
    (socket) => new Outbox(socket, { limits, backlog })
  ) as [Outbox, Outbox, Outbox]
  t.teardown(() => clients.forEach((client) => client.read()))
  fill(small, 256)
  fill(large, 960)
  fill(middle, 288)
  t.alike(
    clients.map(({ destroying }) => destroying),
    [false, false, false]
  )
  fill(middle, 64)
  t.alike(
    clients.map(({ destroying }) => destroying),
    [false, false, true]
  )
  t.is(backlog.bytes, (256 + 352) * 1024)
  for (const client of clients) client.read()
  t.is(backlog.bytes, 0)
})

test('who has too much waiting is told of, and when it has read', (t) => {
  const backlog = new Backlog(Infinity)
  const socket = new Deaf()
  let moved = 0
  const outbox = new Outbox(socket, { limits, backlog, onmove: () => void moved++ })
  fill(outbox, 128)
  t.is(moved, 0)
  t.absent(outbox.full)
  fill(outbox, 160)
  t.ok(outbox.full && moved > 0)
  moved = 0
  socket.read()
  t.ok(!outbox.full && moved === 1)
  fill(outbox, 1100)
  t.ok(socket.destroying, 'beyond its own share it is cut off')
  t.is(backlog.bytes, 0)
})
