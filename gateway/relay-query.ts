import { HypertunaError } from '../protocol/errors.ts'
import type { ChannelSocket, Signal } from '../protocol/file-channel/channel.ts'
import { matches, parseFilter } from '../protocol/filter.ts'
import { verifyEvent, type NostrEvent } from '../protocol/nostr.ts'
import type { GatewayLimits } from './limits.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { makeChallenge } from './socket-session.ts'
import { connectUpstream } from './socket-upstream.ts'
import { throwIfAborted, within } from './wait.ts'

/** Events of one answer, and their bytes. */
const MAX_EVENTS = 512
const MAX_BYTES = 4 * 1024 * 1024

/** Members that are asked before it is given up. */
const TRIES = 3

/**
 * The stored events of a relay that match, from one of its members: each matches, is
 * signed by its author, and comes once. Who may say such a thing is for the caller to judge.
 *
 * @throws {HypertunaError} FORBIDDEN for what a member does not tell us, NOBODY_ONLINE,
 *   TIMEOUT, WRONG_BYTES, or the signal's reason
 */
export async function queryRelay(
  relay: RelayPeers,
  filter: Record<string, unknown>,
  options: { limits: GatewayLimits; signal: Signal }
): Promise<NostrEvent[]> {
  const { limits, signal } = options
  const failed = new Map<Provider, HypertunaError>()
  const origin = { address: `ws://gateway/${relay.publicIdentifier}`, challenge: makeChallenge() }
  for (let tries = 1; ; tries++) {
    const asked = { relay, origin, limits, signal, failed, patience: 0 }
    const { provider, socket } = await connectUpstream(asked)
    try {
      return await within(ask(socket, filter), limits.ask, signal)
    } catch (err) {
      throwIfAborted(signal)
      failed.set(provider, HypertunaError.from(err))
      if (tries >= TRIES) throw err
    } finally {
      socket.close()
    }
  }
}

function ask(socket: ChannelSocket, raw: Record<string, unknown>): Promise<NostrEvent[]> {
  const filter = parseFilter(raw)
  const found = new Map<string, NostrEvent>()
  let bytes = 0
  return new Promise((resolve, reject) => {
    const fail = (err: HypertunaError): void => reject(err)
    socket.on('close', (reason) =>
      fail(reason ?? new HypertunaError('CLOSED', 'The member ended the answer'))
    )
    socket.on('message', (message) => {
      bytes += message.byteLength
      if (bytes > MAX_BYTES || found.size > MAX_EVENTS) return fail(wrong('too much'))
      let value: unknown
      try {
        value = JSON.parse(Buffer.from(message).toString())
      } catch {
        return fail(wrong('no JSON'))
      }
      const [type, id, third] = Array.isArray(value) ? (value as unknown[]) : []
      if (id !== 'q') return
      if (type === 'EOSE') return resolve([...found.values()])
      if (type === 'CLOSED') return fail(new HypertunaError('FORBIDDEN', String(third)))
      if (type !== 'EVENT') return
      if (!verifyEvent(third) || !matches(filter, third)) return fail(wrong('no such event'))
      found.set(third.id, third)
    })
    socket.send(Buffer.from(JSON.stringify(['REQ', 'q', raw])))
  })
}

function wrong(what: string): HypertunaError {
  return new HypertunaError('WRONG_BYTES', `A member was asked for events and sent ${what}`)
}
