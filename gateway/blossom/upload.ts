import { HypertunaError } from '../../protocol/errors.ts'
import type { Signal, Stored } from '../../protocol/file-channel/channel.ts'
import type { AnnouncedUpload } from '../../protocol/blossom.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { verdictOf } from '../choose.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Provider, RelayPeers } from '../relay-peers.ts'

/** Members that are asked before it is given up. */
const TRIES = 4

interface Options {
  relay: RelayPeers
  event: NostrEvent
  limits: GatewayLimits
  signal: Signal
}

/**
 * Gives a file to a member who takes it. Somebody else is tried as long as nothing of the
 * source was read.
 *
 * @throws {HypertunaError} FORBIDDEN and whatever else the member says, or SOURCE's own
 */
export async function giveFile(
  file: AnnouncedUpload,
  source: AsyncIterable<Uint8Array>,
  options: Options
): Promise<Stored> {
  const { event: authorization, signal } = options
  const state: { begun: boolean; failure: unknown } = { begun: false, failure: null }
  const watched = (async function* (): AsyncGenerator<Uint8Array> {
    state.begun = true
    try {
      yield* source
    } catch (err) {
      state.failure = err
      throw err
    }
  })()
  const attempt = (provider: Provider): Promise<Stored> =>
    provider.channel.put({ ...file, authorization, source: watched, signal })
  try {
    return await atMembers(options, attempt, () => !state.begun)
  } catch (err) {
    throw state.failure ?? err
  }
}

/** Has a file taken away by a member. Throws what the members say. */
export function removeFile(hash: string, options: Options): Promise<void> {
  const { event: authorization, signal } = options
  return atMembers(
    options,
    (provider) => provider.channel.remove({ hash, authorization, signal }),
    () => true
  )
}

/** What one member answers: the first that does not fail, while another one may be asked. */
async function atMembers<T>(
  { relay, limits, signal }: Options,
  attempt: (provider: Provider) => Promise<T>,
  mayGoOn: () => boolean
): Promise<T> {
  await relay.proven(signal)
  const failed = new Map<Provider, HypertunaError>()
  const until = Date.now() + limits.look
  for (;;) {
    const provider = relay.usable('').find((one) => !failed.has(one))
    if (provider === undefined) {
      const left = until - Date.now()
      if (left <= 0 || failed.size > 0 || !relay.searching) throw verdictOf(failed)
      await relay.changed(left, signal)
      continue
    }
    try {
      provider.busy++
      return await attempt(provider)
    } catch (err) {
      const error = HypertunaError.from(err)
      failed.set(provider, error)
      if (!mayGoOn() || signal.aborted || failed.size >= TRIES) throw error
    } finally {
      provider.busy--
    }
  }
}
