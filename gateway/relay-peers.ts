import EventEmitter from 'bare-events'
import type Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import type { MemberProof, PeerEnd } from '../protocol/card.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { FileChannel, VERSION, type Signal } from '../protocol/file-channel/channel.ts'
import { parsePublicIdentifier } from '../protocol/ids.ts'
import { relayTopic } from '../protocol/topic.ts'
import { Aside } from './aside.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import { Membership } from './membership.ts'
import { abortReason, within } from './wait.ts'

/** A member that proved itself on a connection that is alive. */
export interface Provider {
  readonly connection: Hyperswarm.Connection
  readonly channel: FileChannel
  readonly pubkey: string
  readonly driveKey: string
  /** Responses it is serving now. */
  busy: number
}

type Proven = ReturnType<Membership['accept']> & { driveKey: string }

// A member may need a moment before it can prove itself: it starts, or was admitted just now.
const ATTEMPTS = 5
const ATTEMPT_AGAIN = 500

/**
 * One relay's members as this gateway sees them: who is connected and proven,
 * who is set aside and why, and whether the swarm is still looking for more.
 *
 * Emits `change` whenever another look at the providers may be worth it.
 */
export class RelayPeers extends EventEmitter {
  readonly publicIdentifier: string
  readonly alias: string
  readonly topic: Uint8Array
  readonly membership: Membership
  /** Requests that use it now, and when the last one ended. */
  users = 0
  lastUsed = Date.now()
  #swarm: Hyperswarm
  #limits: GatewayLimits
  #log: Log
  #providers = new Map<FileChannel, Provider>()
  #channels = new Map<Hyperswarm.Connection, FileChannel>()
  #attempts = new WeakMap<Hyperswarm.Connection, number>()
  #renewed = new WeakMap<Hyperswarm.Connection, number>()
  #retries = new Set<NodeJS.Timeout>()
  #undo = new Map<Hyperswarm.Connection, () => void>()
  #aside: Aside
  #discovery: Hyperswarm.Discovery | null = null
  #looking: Promise<void> | null = null
  #looked = 0
  #opening = 0
  #closed = false
  #unwelcome: (connection: Hyperswarm.Connection) => void

  /**
   * @param options.unwelcome - told of connections that proved nothing here
   */
  constructor(
    publicIdentifier: string,
    options: {
      swarm: Hyperswarm
      limits: GatewayLimits
      log: Log
      unwelcome: (connection: Hyperswarm.Connection) => void
    }
  ) {
    super()
    this.setMaxListeners(0)
    this.publicIdentifier = publicIdentifier
    this.alias = parsePublicIdentifier(publicIdentifier).alias
    this.topic = relayTopic(publicIdentifier)
    this.membership = new Membership(publicIdentifier)
    this.#swarm = options.swarm
    this.#limits = options.limits
    this.#aside = new Aside(options.limits.aside)
    this.#log = options.log
    this.#unwelcome = options.unwelcome
  }

  /** Whether somebody may yet turn up without a new search. */
  get searching(): boolean {
    return this.#looking !== null || this.#opening > 0 || this.#retries.size > 0
  }

  /** Proven members that are not set aside for this file, the least busy first. */
  usable(hash: string): Provider[] {
    return [...this.#providers.values()]
      .filter(({ pubkey }) => !this.#aside.has(pubkey, hash))
      .sort((a, b) => a.busy - b.busy)
  }

  /** Leaves a member alone for a while as far as one file goes. */
  setAside(provider: Provider, hash: string, reason: string): void {
    this.#aside.add(provider.pubkey, hash, reason)
    this.#log('provider set aside', {
      relay: this.publicIdentifier,
      driveKey: provider.driveKey,
      pubkey: provider.pubkey,
      hash,
      reason
    })
  }

  /**
   * Has a member prove itself anew, because the newest list of members is only
   * shown in a handshake and somebody may have joined since. Not more often
   * than a search is repeated.
   */
  renew(provider: Provider): void {
    const { connection, channel } = provider
    if (this.#closed || this.#channels.get(connection) !== channel) return
    if (Date.now() - (this.#renewed.get(connection) ?? 0) < this.#limits.lookAgain) return
    this.#renewed.set(connection, Date.now())
    this.#opening++
    void channel.close().then(() => {
      this.#open(connection, Protomux.from(connection))
      this.#opening--
    })
  }

  /**
   * Joins the topic, or looks again for who came since.
   *
   * @param sparing - milliseconds that must have passed since the last look
   */
  look(sparing = this.#limits.lookAgain): void {
    if (this.#closed || this.#looking !== null) return
    if (this.#looked > 0 && Date.now() - this.#looked < sparing) return
    this.#looking = this.#search()
      .catch((err: unknown) => {
        this.#log('search failed', { relay: this.publicIdentifier, error: err })
      })
      .then(() => {
        this.#looking = null
        this.#looked = Date.now()
        this.emit('change')
      })
  }

  async #search(): Promise<void> {
    if (this.#discovery === null) {
      this.#discovery = this.#swarm.join(this.topic, { client: true, server: false })
    } else {
      await this.#discovery.refresh({ client: true, server: false })
    }
    await this.#discovery.flushed()
    await this.#swarm.flush()
  }

  /**
   * Resolves once somebody has proved the relay to us, now or before.
   *
   * @throws {HypertunaError} NOBODY_ONLINE, or the signal's reason
   */
  async proven(signal: Signal): Promise<void> {
    const until = Date.now() + this.#limits.look
    while (!this.membership.known) {
      this.look()
      const left = until - Date.now()
      if (left <= 0 || !this.searching) {
        throw new HypertunaError('NOBODY_ONLINE', 'No member of this relay is online now')
      }
      await this.changed(left, signal)
    }
  }

  /** Resolves at the next `change`, or after `ms`; throws the signal's reason. */
  async changed(ms: number, signal: Signal): Promise<void> {
    let onchange = (): void => {}
    const change = new Promise<void>((resolve) => {
      onchange = resolve
    })
    this.on('change', onchange)
    try {
      await within(change, ms, signal)
    } catch (err) {
      if (signal.aborted) throw abortReason(signal)
      if (HypertunaError.from(err).code !== 'TIMEOUT') throw err
    } finally {
      this.off('change', onchange)
    }
  }

  /** Opens this relay's file channel on a connection, now and when the other side does. */
  attach(connection: Hyperswarm.Connection): void {
    if (this.#closed || this.#undo.has(connection)) return
    const mux = Protomux.from(connection)
    this.#undo.set(
      connection,
      FileChannel.accept(mux, this.topic, () => this.#open(connection, mux))
    )
    connection.once('close', () => this.#undo.delete(connection))
    this.#open(connection, mux)
  }

  /** Whether a connection carries this relay, or may come to. */
  uses(connection: Hyperswarm.Connection): boolean {
    return this.#channels.has(connection)
  }

  #open(connection: Hyperswarm.Connection, mux: Protomux): void {
    if (this.#closed || connection.destroying || this.#channels.has(connection)) return
    const attempts = (this.#attempts.get(connection) ?? 0) + 1
    this.#attempts.set(connection, attempts)
    if (attempts > ATTEMPTS || this.#channels.size >= this.#limits.providers) {
      return this.#unwelcome(connection)
    }
    let proven: Proven | null = null
    const channel = new FileChannel(mux, {
      topic: this.topic,
      handshake: { version: VERSION, role: 'gateway', proof: null },
      checkPeer: (handshake, end) => {
        proven = this.#check(handshake.proof, end)
        return {
          role: handshake.role,
          pubkey: proven.pubkey,
          driveKey: proven.driveKey,
          members: handshake.proof?.members ?? null
        }
      },
      respond: null
    })
    this.#channels.set(connection, channel)
    this.#opening++
    channel.open()
    const timer = setTimeout(() => void channel.close(), this.#limits.prove)
    channel.opened
      .then(
        () => this.#proved(connection, channel, proven),
        (err: unknown) => this.#unproven(connection, err)
      )
      .finally(() => {
        clearTimeout(timer)
        this.#opening--
        this.emit('change')
      })
    void channel.closed.then(() => this.#gone(connection, channel))
  }

  #check(proof: MemberProof | null, end: PeerEnd): Proven {
    if (proof === null) throw new HypertunaError('UNPROVEN', 'Only members serve files')
    return { ...this.membership.accept(proof, end), driveKey: proof.driveKey }
  }

  #proved(connection: Hyperswarm.Connection, channel: FileChannel, proven: Proven | null): void {
    if (proven === null || channel.reason !== null) return
    const { pubkey, driveKey, changed } = proven
    this.#attempts.delete(connection)
    this.#providers.set(channel, { connection, channel, pubkey, driveKey, busy: 0 })
    this.#log('member connected', { relay: this.publicIdentifier, pubkey, driveKey })
    if (!changed) return
    for (const [other, provider] of this.#providers) {
      if (!this.membership.has(provider.pubkey)) void other.close()
    }
  }

  #unproven(connection: Hyperswarm.Connection, err: unknown): void {
    const { code } = HypertunaError.from(err)
    this.#log('not a member', { relay: this.publicIdentifier, error: err })
    if (code === 'UNPROVEN') return this.#unwelcome(connection)
    if (this.#closed || connection.destroying) return
    const timer = setTimeout(() => {
      this.#retries.delete(timer)
      this.#open(connection, Protomux.from(connection))
    }, ATTEMPT_AGAIN)
    this.#retries.add(timer)
  }

  #gone(connection: Hyperswarm.Connection, channel: FileChannel): void {
    if (this.#channels.get(connection) === channel) this.#channels.delete(connection)
    const provider = this.#providers.get(channel)
    if (provider === undefined) return
    this.#providers.delete(channel)
    this.#log('member gone', {
      relay: this.publicIdentifier,
      pubkey: provider.pubkey,
      error: channel.reason
    })
    this.emit('change')
  }

  /** Leaves the topic and closes every channel. Closing twice is safe. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const undo of this.#undo.values()) undo()
    this.#undo.clear()
    for (const timer of this.#retries) clearTimeout(timer)
    await Promise.all([...this.#channels.values()].map((channel) => channel.close()))
    await this.#discovery?.destroy()
    this.emit('change')
  }
}
