/** Two devices with a connection between them, as a swarm would have made it, and their lanes. */
import NoiseSecretStream from '@hyperswarm/secret-stream'
import tcp from 'bare-tcp'
import type { TCPSocket } from 'bare-tcp'
import crypto from 'hypercore-crypto'
import type { KeyPair } from 'hypercore-crypto'
import type Hyperswarm from 'hyperswarm'
import type { Duplex } from 'streamx'

import { Lanes } from '../../worker/network/lanes.ts'
import type { LaneLimits } from '../../worker/network/lanes.ts'
import type { TestContext } from './member.ts'

export interface Device {
  keyPair: KeyPair
  lanes: Lanes
  /** To the other one. */
  connection: Hyperswarm.Connection
}

export async function twoDevices(
  t: TestContext,
  limits: Partial<LaneLimits> = {}
): Promise<[Device, Device]> {
  const keys = [crypto.keyPair(), crypto.keyPair()] as const
  const [left, right] = await connect(...keys)
  t.teardown(() => {
    for (const connection of [left, right]) connection.destroy()
  })
  return [makeDevice(t, keys[0], left, limits), makeDevice(t, keys[1], right, limits)]
}

/** A connection between two keys, both of whose ends see the other on this computer. */
export async function connect(
  left: KeyPair,
  right: KeyPair
): Promise<[Hyperswarm.Connection, Hyperswarm.Connection]> {
  const ends = [
    new NoiseSecretStream(true, null, { keyPair: left }),
    new NoiseSecretStream(false, null, { keyPair: right })
  ] as unknown as [Hyperswarm.Connection, Hyperswarm.Connection]
  const [here, there] = ends.map((end) => {
    end.on('error', () => {})
    return Object.assign(end.rawStream, { remoteHost: '127.0.0.1' }) as unknown as Duplex
  })
  here?.pipe(there as Duplex).pipe(here)
  await Promise.all(ends.map(({ opened }) => opened))
  return ends
}

export function makeDevice(
  t: TestContext,
  keyPair: KeyPair,
  connection: Hyperswarm.Connection,
  limits: Partial<LaneLimits> = {}
): Device {
  const lanes = new Lanes({ keyPair, limits })
  t.teardown(() => lanes.close())
  return { keyPair, lanes, connection }
}

/** A plain socket to a port of this computer. */
export function knock(t: TestContext, port: number): TCPSocket {
  const socket = tcp.createConnection(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.on('end', () => socket.destroy())
  socket.resume()
  t.teardown(() => socket.destroy())
  return socket
}

/** Resolves when a stream is gone. */
export const gone = (stream: {
  destroyed: boolean
  once(event: 'close', fn: () => void): unknown
}) =>
  new Promise<void>((resolve) => {
    if (stream.destroyed) return resolve()
    stream.once('close', () => resolve())
  })
