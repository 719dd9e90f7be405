/** Bulk lanes by themselves: real sockets, and whoever should not get in. */
import b4a from 'b4a'
import NoiseSecretStream from '@hyperswarm/secret-stream'
import tcp from 'bare-tcp'
import test from 'brittle'
import crypto from 'hypercore-crypto'

import { laneTicket } from '../../protocol/lane.ts'
import { dialLane } from '../../worker/network/lane-stream.ts'
import type { Lane } from '../../worker/network/lanes.ts'
import { codeOf } from '../protocol/channel-pair.ts'
import { connect, gone, knock, twoDevices } from './lane-scene.ts'
import { poll } from '../poll.ts'

const never = (): void => {
  throw new Error('Somebody was let in')
}

test('a lane comes about between the two who speak, and nobody listens before or after', async (t) => {
  const [giver, taker] = await twoDevices(t)
  t.absent(giver.lanes.isListening)
  const taken = Promise.withResolvers<Lane>()
  const offer = await giver.lanes.offer(giver.connection, taken.resolve)
  t.ok(giver.lanes.isListening)
  const dialled = await taker.lanes.dial(taker.connection, offer)
  const lane = await taken.promise
  t.alike(lane.remotePublicKey, taker.keyPair.publicKey)
  t.alike(dialled.remotePublicKey, giver.keyPair.publicKey)
  t.alike(lane.handshakeHash, dialled.handshakeHash)
  t.absent(giver.lanes.isListening, 'the only offer was taken')
  t.is(giver.lanes.open.size + taker.lanes.open.size, 2)

  const heard = new Promise<Uint8Array>((resolve) => lane.once('data', resolve))
  dialled.write(b4a.from('hello'))
  t.alike(await heard, b4a.from('hello'), 'the ticket is not part of what it carries')

  giver.connection.destroy()
  await Promise.all([gone(lane), gone(dialled)])
  t.is(giver.lanes.open.size + taker.lanes.open.size, 0, 'it goes when the connection goes')
})

test('a token is good once', async (t) => {
  const [giver, taker] = await twoDevices(t)
  const taken = Promise.withResolvers<Lane>()
  const offer = await giver.lanes.offer(giver.connection, taken.resolve)
  await giver.lanes.offer(giver.connection, never) // keeps the door open
  const dialled = await taker.lanes.dial(taker.connection, offer)
  await taken.promise
  const again = await taker.lanes.dial(taker.connection, offer)
  await gone(again)
  t.pass('closed')
  t.absent(dialled.destroyed, 'the first one goes on')
  t.is(giver.lanes.open.size, 1)
})

test('what was recorded of one lane opens no other', async (t) => {
  const [giver, taker] = await twoDevices(t)
  const offer = await giver.lanes.offer(giver.connection, () => {})
  const heard: Uint8Array[] = []
  const wire = tcp.createServer((socket) => {
    const onward = knock(t, offer.port)
    socket.on('error', () => {})
    socket.on('data', (bytes) => void heard.push(b4a.from(bytes as Uint8Array)))
    socket.pipe(onward as never)
    onward.pipe(socket as never)
  })
  t.teardown(() => wire.close())
  const port = await new Promise<number>((resolve) => {
    wire.listen(0, '127.0.0.1', () => resolve(wire.address()?.port ?? 0))
  })
  const dialled = await taker.lanes.dial(taker.connection, { ...offer, port })
  await poll(() => giver.lanes.open.size > 0, 1)
  const second = await giver.lanes.offer(giver.connection, never)
  const socket = knock(t, second.port)
  socket.write(b4a.concat(heard))
  await gone(socket)
  t.pass('the door closes on it')
  dialled.destroy()
})

test('another key than that of the connection is turned away, token or not', async (t) => {
  const [giver, taker] = await twoDevices(t)
  const offer = await giver.lanes.offer(giver.connection, never)
  const options = { keyPair: crypto.keyPair(), patience: 3000 }
  t.is(await codeOf(dialLane(taker.connection, offer, options)), 'NOBODY_ONLINE')
  t.is(giver.lanes.open.size, 0)
})

test('the right key with a token of somebody else’s is turned away', async (t) => {
  const [giver, taker] = await twoDevices(t)
  const offer = await giver.lanes.offer(giver.connection, never)
  const wrong = await taker.lanes.dial(taker.connection, {
    ...offer,
    token: crypto.randomBytes(32)
  })
  await gone(wrong)
  // The token that came over another connection of the same two.
  const [other] = await connect(taker.keyPair, giver.keyPair)
  const elsewhere = await taker.lanes.dial(
    Object.assign(other, { rawStream: taker.connection.rawStream }),
    offer
  )
  await gone(elsewhere)
  other.destroy()
  t.is(giver.lanes.open.size, 0)
})

test('who answers in another’s place is not believed', async (t) => {
  const [giver, taker] = await twoDevices(t)
  const keyPair = crypto.keyPair()
  const server = tcp.createServer((socket) => {
    new NoiseSecretStream(false, socket, { pattern: 'IK', keyPair }).on('error', () => {})
  })
  t.teardown(() => server.close())
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address()?.port ?? 0))
  })
  const { token } = await giver.lanes.offer(giver.connection, never)
  t.is(await codeOf(taker.lanes.dial(taker.connection, { port, token })), 'NOBODY_ONLINE')
})

/** Three bytes, the lowest first. */
const lengthOf = (bytes: number): Uint8Array =>
  b4a.from([bytes & 0xff, (bytes >> 8) & 0xff, bytes >> 16])

test('who announces a greeting longer than one is has no time at all', async (t) => {
  const [giver] = await twoDevices(t, { patience: 9000 })
  const offer = await giver.lanes.offer(giver.connection, never)
  const silent = knock(t, offer.port)
  const atLimit = knock(t, offer.port)
  atLimit.write(lengthOf(256))
  // Its time at another door is up long before theirs would be here: our clock.
  const [other] = await twoDevices(t, { patience: 3000 })
  const clock = knock(t, (await other.lanes.offer(other.connection, never)).port)
  const tooLong = [257, 0xffffff].map((bytes) => {
    const socket = knock(t, offer.port)
    socket.write(b4a.concat([lengthOf(bytes), b4a.alloc(64)]))
    return socket
  })
  const inPieces = knock(t, offer.port)
  inPieces.write(b4a.from([255]))
  await Promise.all([...tooLong, inPieces].map((socket) => gone(socket)))
  t.absent(clock.destroyed, 'before anybody’s time was up')
  t.absent(silent.destroyed, 'who said nothing still has time')
  t.absent(atLimit.destroyed, 'and who said no more than it may')
})

test('strangers at the door are few and not for long', async (t) => {
  const [giver, taker] = await twoDevices(t, { strangers: 2, patience: 1000 })
  const offer = await giver.lanes.offer(giver.connection, never)
  const silent = [knock(t, offer.port), knock(t, offer.port)]
  t.is(await codeOf(taker.lanes.dial(taker.connection, offer)), 'NOBODY_ONLINE', 'no place')
  t.absent(silent.some(({ destroyed }) => destroyed))
  await Promise.all(silent.map((socket) => gone(socket)))
  t.pass('who says nothing is not waited for')
  t.absent(giver.lanes.isListening, 'nor is there a door once nobody came')
  t.is(await codeOf(taker.lanes.dial(taker.connection, offer)), 'NOBODY_ONLINE')
})

test('who comes from another host than the connection is not spoken with', async (t) => {
  const [giver, taker] = await twoDevices(t)
  Object.assign(giver.connection.rawStream, { remoteHost: '192.0.2.1' })
  const offer = await giver.lanes.offer(giver.connection, never)
  t.is(await codeOf(taker.lanes.dial(taker.connection, offer)), 'NOBODY_ONLINE')
})

test('offers and lanes are bounded, and where there is no way none is tried for a while', async (t) => {
  const [giver, taker] = await twoDevices(t, { offers: 1, lanes: 1, rest: 60_000 })
  const offer = await giver.lanes.offer(giver.connection, () => {})
  t.is(await codeOf(giver.lanes.offer(giver.connection, never)), 'BUSY')
  t.ok(taker.lanes.mayDial(taker.connection))
  await taker.lanes.dial(taker.connection, offer)
  t.absent(taker.lanes.mayDial(taker.connection), 'as many as there may be')
  await poll(() => giver.lanes.open.size > 0, 1)
  t.is(await codeOf(giver.lanes.offer(giver.connection, never)), 'BUSY')
  giver.lanes.letRest(giver.connection, 'long')
  t.absent(giver.lanes.mayDial(giver.connection))
})

test('a ticket is of one token, one connection and one lane', (t) => {
  const [token, connection, lane] = [1, 2, 3].map((n) => b4a.alloc(32, n))
  if (!token || !connection || !lane) throw new Error('no bytes')
  const ticket = laneTicket(token, connection, lane)
  t.alike(ticket, laneTicket(token, connection, lane))
  t.unlike(ticket, laneTicket(lane, connection, token))
  t.unlike(ticket, laneTicket(token, lane, lane))
  t.unlike(ticket, laneTicket(token, connection, connection))
  t.is(ticket.byteLength, 32)
})
