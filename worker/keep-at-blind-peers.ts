import type { Network } from './network/network.ts'
import type { Relay, RelayUpdate } from './relays/relay.ts'

/** Has a relay kept by the blind peers that were chosen, and what new members write with it. */
export function keepAtBlindPeers(network: Network, relay: Relay): void {
  const { relayKey } = relay
  network.blindPeers.keepRelay(relayKey, relay.base, network.isPrivate(relayKey))
  relay.on('update', ({ membersChanged }: RelayUpdate) => {
    if (membersChanged) network.blindPeers.refresh(relayKey)
  })
}
