/** Who can be asked for a relay's files: members with a live handshake that we believe. */
import type { Log } from '../log.ts'
import type { Group } from '../relays/group.ts'
import type { FileSource } from './file-source.ts'

/** A provider as a filekey entry names it: anybody can name a drive, so the pubkey counts too. */
export const providerOf = ({ driveKey, pubkey }: { driveKey: string; pubkey: string }): string =>
  `${driveKey}:${pubkey}`

export class Providers {
  /** Members who served wrong bytes, and why: a driveKey is only claimed, a pubkey is proven. */
  readonly setAside = new Map<string, string>()
  readonly #group: Group
  readonly #log: Log

  constructor(group: Group, log: Log) {
    this.#group = group
    this.#log = log
  }

  /** Live channels to those of a file's providers that we still believe. */
  channels(providers: ReadonlySet<string>): FileSource[] {
    const sources = this.#group.link?.sources() ?? []
    return sources.filter(({ peer }) => {
      if (peer === null || peer.pubkey === null || peer.driveKey === null) return false
      const { pubkey, driveKey } = peer
      return providers.has(providerOf({ pubkey, driveKey })) && !this.setAside.has(pubkey)
    })
  }

  /** Whom we could ask now, as `providerOf` names them. */
  online(): Set<string> {
    const online = new Set<string>()
    for (const { peer } of this.#group.link?.members() ?? []) {
      if (peer === null || peer.pubkey === null || peer.driveKey === null) continue
      const { pubkey, driveKey } = peer
      if (!this.setAside.has(pubkey)) online.add(providerOf({ pubkey, driveKey }))
    }
    return online
  }

  /** Whoever is on this drive's channel served wrong bytes of the file. */
  putAside(hash: string, driveKey: string, reason: string): void {
    const peers = (this.#group.link?.members() ?? []).map(({ peer }) => peer)
    const pubkey = peers.find((peer) => peer?.driveKey === driveKey)?.pubkey ?? null
    if (pubkey === null) return // gone meanwhile; it is judged anew when it is back
    this.setAside.set(pubkey, reason)
    this.#log('provider-set-aside', { pubkey, driveKey, hash, reason })
  }
}
