import b4a from 'b4a'
import { join } from 'bare-path'
import crypto from 'hypercore-crypto'
import Hyperswarm from 'hyperswarm'
import ReadyResource from 'ready-resource'
import { Cache } from './cache/cache.ts'
import { Names } from './cache/names.ts'
import { temporaryFolder } from './cache/temporary.ts'
import type { GatewayConfig } from './config.ts'
import { connectionsWithin, descriptorLimit } from './descriptors.ts'
import { FileClient } from './file-client.ts'
import { cacheKey, loadOrCreateKey, lockKey } from './key.ts'
import { LIMITS, type GatewayLimits } from './limits.ts'
import { createLog, type Log } from './log.ts'
import { Measured } from './measured.ts'
import { Metrics } from './metrics.ts'
import { Peers } from './peers.ts'
import { createRoutes, type Route } from './routes.ts'
import { RulesFile } from './rules-file.ts'
import { GatewayServer } from './server.ts'
import { Spools } from './spools.ts'

interface Parts {
  gatewayKey: string
  swarm: Hyperswarm
  peers: Peers
  cache: Cache
  names: Names
  rules: RulesFile
  files: FileClient
  routes: readonly Route[]
  server: GatewayServer
}

const DAY = 24 * 3600 * 1000
/** Names of files that nobody asked for in so long are forgotten. */
const NAMES_KEPT = 90 * DAY
const USUAL_CACHE = { kept: 10e9, temporary: 1e9 }

/** A gateway: HTTP in front, the members of relays behind. Everything is constructed here. */
export class Gateway extends ReadyResource {
  readonly #config: GatewayConfig
  readonly #limits: GatewayLimits
  readonly #log: Log
  readonly #spools: Spools
  readonly #metrics = new Metrics()
  #lock: { close(): Promise<void> } | null = null
  #temporary: { path: string; remove: () => Promise<void> } | null = null
  #parts: Parts | null = null

  constructor(config: GatewayConfig, options: { limits?: Partial<GatewayLimits>; log?: Log } = {}) {
    super()
    this.#config = config
    this.#limits = { ...LIMITS, ...options.limits }
    this.#log = options.log ?? createLog()
    const directory = config.storage
    this.#spools = new Spools({ directory, limits: this.#limits, log: this.#log })
  }

  /** Where it listens, once ready. */
  get url(): string {
    return this.#use().server.url
  }

  /** By which admins of private groups list it, 64 hex; another one at each start without a storage. */
  get gatewayKey(): string {
    return this.#use().gatewayKey
  }

  get peers(): Peers {
    return this.#use().peers
  }

  get server(): GatewayServer {
    return this.#use().server
  }

  get cache(): Cache {
    return this.#use().cache
  }

  get metrics(): Metrics {
    return this.#metrics
  }

  #use(): Parts {
    if (this.#parts === null) throw new Error('The gateway is not ready')
    return this.#parts
  }

  protected override async _open(): Promise<void> {
    try {
      await this.#spools.ready()
      const parts = await this.#construct()
      this.#parts = parts
      await parts.cache.ready()
      await parts.rules.ready()
      await parts.peers.ready()
      await parts.server.ready()
      this.#watch(parts)
    } catch (err) {
      await this._close()
      throw err
    }
  }

  async #construct(): Promise<Parts> {
    const { storage, bootstrap, relays, rules: path } = this.#config
    const [config, limits, log, spools] = [this.#config, this.#limits, this.#log, this.#spools]
    const metrics = this.#metrics
    const keyPair = storage === null ? crypto.keyPair() : await loadOrCreateKey(storage)
    if (storage !== null) this.#lock = await lockKey(storage)
    const gatewayKey = b4a.toString(keyPair.publicKey, 'hex')
    const swarm = new Hyperswarm({
      keyPair,
      maxPeers: limits.peers,
      ...(bootstrap === null ? {} : { bootstrap })
    })
    const peers = new Peers({ swarm, limits, log })
    const cache = await this.#createCache()
    const directory = storage === null ? null : join(storage, 'names')
    const measured = new Measured()
    const names = new Names({ directory, key: cacheKey(keyPair.secretKey), measured, log })
    const purge = (hash: string): Promise<number> => files.purge(hash)
    const found = { cache, names, measured }
    const rules = new RulesFile({ path, allowed: relays, purge, log })
    const files = new FileClient({ ...found, peers, spools, rules, limits, metrics, log })
    const serving = (): boolean => server.serving
    const parts = { config, files, peers, rules, gatewayKey, limits, metrics, serving, log }
    const { hot } = files
    const routes = createRoutes(parts)
    const connections = this.#connections()
    const serverConfig = { ...config, connections }
    const server = new GatewayServer({ config: serverConfig, routes, hot, limits, metrics, log })
    return { gatewayKey, swarm, peers, cache, names, rules, files, routes, server }
  }

  /** As many as are configured, or as the system lets us have. */
  #connections(): number {
    const { connections: wanted } = this.#config
    const limit = descriptorLimit()
    const connections = connectionsWithin(wanted, limit)
    if (connections < wanted) this.#log('few descriptors', { limit, wanted, connections })
    return connections
  }

  async #createCache(): Promise<Cache> {
    const { storage, cacheSize } = this.#config
    const size = cacheSize ?? USUAL_CACHE[storage === null ? 'temporary' : 'kept']
    if (storage === null && size > 0) this.#temporary = await temporaryFolder()
    const directory = join(this.#temporary?.path ?? storage ?? '', 'cache')
    return new Cache({ directory, size, log: this.#log })
  }

  #watch({ server, routes, peers, cache, names }: Parts): void {
    this.#metrics.start({
      connections: () => server.connections,
      requests: () => server.requests,
      relays: () => peers.counts.relays,
      peers: () => peers.counts.connections,
      cacheBytes: () => cache.usage.bytes,
      cacheObjects: () => cache.usage.objects,
      cacheLimit: () => cache.size,
      sockets: () => routes.reduce((sum, { sessions = 0 }) => sum + sessions, 0)
    })
    names.prune(Date.now() - NAMES_KEPT).catch((err: unknown) => {
      this.#log('cache not read', { error: err })
    })
  }

  /** Takes no further requests, and lets those in hand go on for as long as the configuration says. */
  async drain(): Promise<void> {
    await this.#parts?.server.drain(this.#config.drain)
  }

  protected override async _close(): Promise<void> {
    const parts = this.#parts
    this.#metrics.stop()
    parts?.files.close()
    await parts?.server.close()
    await this.#spools.close()
    await parts?.rules.close()
    await parts?.cache.close()
    await parts?.peers.close()
    await parts?.swarm.destroy()
    await this.#temporary?.remove()
    await this.#lock?.close()
  }
}
