import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { GatewayLimits } from './limits.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'

/** What members answered, or how they failed, for one request. */
export type Answers = ReadonlyMap<Provider, HypertunaError>

export interface Choice {
  relay: RelayPeers
  hash: string
  /** Who is preferred while it lasts. */
  first: Provider | null
  limits: GatewayLimits
  signal: Signal
  /**
   * Whether bytes are out already. Before that, somebody new is waited for only
   * as long as the swarm is looking: then an error can still be answered, in
   * mid-stream there is only the reset.
   */
  begun: boolean
}

// What the answers of several members come to, when none of them offers the file: the first of
// these that anybody said. A member that knows the record but lacks the bytes outweighs one that
// has not heard of it yet.
const VERDICTS = ['DELETED', 'NOT_HELD', 'NOT_IN_RELAY', 'FORBIDDEN'] as const

/** One error for all that was answered; see VERDICTS. NOBODY_ONLINE when nobody did. */
export function verdictOf(answers: Answers): HypertunaError {
  const errors = [...answers.values()]
  for (const code of VERDICTS) {
    const said = errors.find((err) => err.code === code)
    if (said !== undefined) return said
  }
  const other = errors.find((err) => err.code !== 'WRONG_BYTES') ?? errors[0]
  return other ?? new HypertunaError('NOBODY_ONLINE', 'No member of this relay is online now')
}

/**
 * Who to ask next: the preferred one, then the least busy of those who have not
 * failed; waits a bounded time for somebody to come.
 *
 * @throws {HypertunaError} the verdict when there is nobody, or the signal's reason
 */
export async function choose(options: Choice, failed: Answers): Promise<Provider> {
  const { relay, hash, first, limits, signal, begun } = options
  const until = Date.now() + limits.resume
  for (;;) {
    const usable = relay.usable(hash).filter((provider) => !failed.has(provider))
    const choice = usable.find((provider) => provider === first) ?? usable[0]
    if (choice !== undefined) return choice
    relay.look()
    const left = until - Date.now()
    if (left <= 0 || !(begun || relay.searching)) throw verdictOf(failed)
    await relay.changed(Math.min(left, limits.lookAgain), signal)
  }
}
