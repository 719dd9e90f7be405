import 'bare-abort-controller/global'
import { HypertunaError } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { FileHead, Signal } from '../protocol/file-channel/channel.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { verdictOf } from './choose.ts'
import type { GatewayLimits } from './limits.ts'
import { bad, heldRecordOf, isAuthorization, recordOf } from './record.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { throwIfAborted, within } from './wait.ts'

/** A file that a member offers, with a record whose signature and author hold. */
export interface Located {
  record: FileRecord
  /** Whether its event tells the size: else it is this provider's word for it, and no more. */
  isSized: boolean
  /** The event that carries the record. */
  event: NostrEvent
  eventId: string
  /** Who offered it. */
  provider: Provider
  /** What let us have it: goes along with whatever else is asked. Null for a public relay. */
  authorization: NostrEvent | null
}

export interface LocateOptions {
  limits: GatewayLimits
  signal: Signal
  isBad: (eventId: string, hash: string) => boolean
  /**
   * What the client shows, asked for once the relay proves to be a private one.
   * Throws UNAUTHORIZED, FORBIDDEN.
   */
  authorize: () => NostrEvent
}

interface Asked {
  relay: RelayPeers
  hash: string
  authorization: NostrEvent | null
}

// With these nobody else has to be waited for.
const FINAL: ReadonlySet<string> = new Set(['DELETED', 'NOT_IN_RELAY', 'FORBIDDEN'])

/**
 * Finds a member that offers the file, asking several at once; waits a bounded
 * time for members to come while the swarm is looking.
 *
 * @param options.isBad - whether an event's record of the file was found to disagree with its bytes
 * @throws {HypertunaError} NOT_IN_RELAY, DELETED, FORBIDDEN: a proven member
 *   said so. UNAUTHORIZED when the relay is private and the client shows nothing.
 *   NOT_HELD, BUSY, TIMEOUT…: nobody online could serve it. WRONG_BYTES: nobody showed a record that holds. NOBODY_ONLINE. Or the signal's reason.
 */
export async function locate(
  relay: RelayPeers,
  hash: string,
  options: LocateOptions
): Promise<Located> {
  const { limits, signal } = options
  const answers = new Map<Provider, HypertunaError>()
  let authorization: NostrEvent | null = null
  const until = Date.now() + limits.look
  for (let looked = false; ;) {
    throwIfAborted(signal)
    // Every request anew, whatever is known or kept of the file: it is a member's to allow.
    if (relay.membership.isPrivate) authorization ??= options.authorize()
    const fresh = relay.usable(hash).filter((provider) => !answers.has(provider))
    if (fresh.length > 0) {
      const found = await askAll({ relay, hash, authorization }, fresh, answers, options)
      if (found !== null) return found
      const verdict = verdictOf(answers)
      if (FINAL.has(verdict.code)) throw verdict
      continue
    }
    if (!looked) relay.look()
    looked = true
    const left = until - Date.now()
    if (left <= 0 || !relay.searching) throw verdictOf(answers)
    await relay.changed(left, signal)
  }
}

async function askAll(
  asked: Asked,
  providers: Provider[],
  answers: Map<Provider, HypertunaError>,
  options: LocateOptions
): Promise<Located | null> {
  const { limits, signal } = options
  const queue = [...providers]
  const stop = new AbortController()
  const onabort = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', onabort)
  let found: Located | null = null
  let grace: NodeJS.Timeout | undefined
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !stop.signal.aborted;) {
      try {
        const located = await ask(asked, next, stop.signal, options)
        found ??= located
        stop.abort(new HypertunaError('CANCELLED', 'Another member offered it first'))
      } catch (err) {
        const error = HypertunaError.from(err)
        answers.set(next, error)
        const enough = new HypertunaError('TIMEOUT', 'Another member answered for the relay')
        if (FINAL.has(error.code)) grace ??= setTimeout(() => stop.abort(enough), limits.askGrace)
      }
      next = queue.shift()
    }
  }
  await Promise.all(Array.from({ length: limits.asks }, lane))
  clearTimeout(grace)
  signal.removeEventListener('abort', onabort)
  throwIfAborted(signal)
  return found
}

async function ask(
  { relay, hash, authorization }: Asked,
  provider: Provider,
  signal: AbortSignal,
  options: LocateOptions
): Promise<Located> {
  const { head, stream } = await within(
    provider.channel.request({ hash, offset: 0, length: 0, authorization, signal }),
    options.limits.ask,
    signal,
    (late) => late.stream.destroy()
  )
  stream.on('error', () => {}) // nothing was asked of it, so nothing can be lost with it
  stream.destroy()
  const located = { ...checkHead(relay, hash, head), provider, authorization }
  if (options.isBad(located.eventId, hash)) {
    throw bad('The record of this file disagrees with its bytes')
  }
  if (!relay.membership.has(located.author)) {
    relay.renew(provider)
    throw new HypertunaError('UNPROVEN', 'Who published the file is no member of the relay')
  }
  return located
}

/** The record in the event that came; whether its author is a member is another question. */
function checkHead(
  relay: RelayPeers,
  hash: string,
  head: FileHead
): Pick<Located, 'record' | 'isSized' | 'event' | 'eventId'> & { author: string } {
  const { event } = head
  if (event === null) throw bad('The file came without the event that published it')
  if (isAuthorization(event)) {
    return { ...heldRecordOf(event, hash, head), event, isSized: false }
  }
  const found = recordOf(event, relay.publicIdentifier, hash)
  const { size } = found.record
  if (size !== null && size !== head.size) {
    throw bad('The size of the file is not the one that was published')
  }
  const record = { ...found.record, size: head.size }
  return { ...found, record, event, isSized: size !== null }
}
