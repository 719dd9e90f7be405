import 'bare-abort-controller/global'
import { HypertunaError } from '../protocol/errors.ts'
import type { ChannelSocket, Signal, SocketOrigin } from '../protocol/file-channel/channel.ts'
import { verdictOf } from './choose.ts'
import type { GatewayLimits } from './limits.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { throwIfAborted, within } from './wait.ts'

export interface Upstream {
  provider: Provider
  socket: ChannelSocket
}

export interface UpstreamOptions {
  relay: RelayPeers
  origin: SocketOrigin
  limits: GatewayLimits
  signal: Signal
  /** Members that are not asked. */
  failed: Map<Provider, HypertunaError>
  /** Milliseconds in which somebody may come, though nobody is being looked for any more. */
  patience: number
}

/**
 * A socket at some member of the relay, the least busy first.
 *
 * @throws {HypertunaError} why the members who are there refuse, NOBODY_ONLINE, or the
 *   signal's reason
 */
export async function connectUpstream(options: UpstreamOptions): Promise<Upstream> {
  const { relay, origin, limits, signal, failed, patience } = options
  const begun = Date.now()
  for (;;) {
    throwIfAborted(signal)
    const [provider] = relay
      .usable('')
      .filter((one) => !failed.has(one))
      .sort((a, b) => a.channel.busy - b.channel.busy)
    if (provider !== undefined) {
      try {
        const opening = provider.channel.socket(origin, signal)
        const socket = await within(opening, limits.ask, signal, (late) => late.close())
        return { provider, socket }
      } catch (err) {
        throwIfAborted(signal)
        failed.set(provider, HypertunaError.from(err))
        continue
      }
    }
    relay.look()
    const waited = Date.now() - begun
    const hope = relay.searching ? Math.max(limits.look, patience) : patience
    if (waited >= hope) throw verdictOf(failed)
    await relay.changed(Math.min(hope - waited, limits.lookAgain), signal)
  }
}
