import Hyperswarm from 'hyperswarm'
import ReadyResource from 'ready-resource'
import type { GatewayConfig } from './config.ts'
import { FileClient } from './file-client.ts'
import { LIMITS, type GatewayLimits } from './limits.ts'
import { createLog, type Log } from './log.ts'
import { Peers } from './peers.ts'
import { GatewayServer } from './server.ts'
import { Spools } from './spools.ts'

/** A gateway: HTTP in front, the members of relays behind. Everything is constructed here. */
export class Gateway extends ReadyResource {
  readonly peers: Peers
  readonly server: GatewayServer
  readonly #swarm: Hyperswarm
  readonly #spools: Spools

  constructor(config: GatewayConfig, options: { limits?: Partial<GatewayLimits>; log?: Log } = {}) {
    super()
    const limits = { ...LIMITS, ...options.limits }
    const log = options.log ?? createLog()
    this.#swarm = new Hyperswarm({
      maxPeers: limits.peers,
      ...(config.bootstrap === null ? {} : { bootstrap: config.bootstrap })
    })
    this.#spools = new Spools({ directory: config.storage, limits, log })
    this.peers = new Peers({ swarm: this.#swarm, limits, log })
    const files = new FileClient({ peers: this.peers, spools: this.#spools, limits, log })
    this.server = new GatewayServer({ config, files, limits, log })
  }

  get url(): string {
    return this.server.url
  }

  protected override async _open(): Promise<void> {
    try {
      await this.#spools.ready()
      await this.peers.ready()
      await this.server.ready()
    } catch (err) {
      await this._close()
      throw err
    }
  }

  protected override async _close(): Promise<void> {
    await this.server.close()
    await this.#spools.close()
    await this.peers.close()
    await this.#swarm.destroy()
  }
}
