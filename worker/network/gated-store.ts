/**
 * A Corestore that replicates a core only with whom it may.
 *
 * Corestore hands any core to whoever knows its key. A drive's key is no secret
 * (every filekey entry names it), a removed member keeps a relay's, and keys of
 * other relays' cores can be guessed at by whoever shares a store with them. So
 * each core belongs to a **circle**, and a connection gets the cores of those
 * circles that it was admitted to. A core of no circle is for nobody.
 */
import b4a from 'b4a'
import Corestore from 'corestore'
import crypto from 'hypercore-crypto'
import type Hypercore from 'hypercore'
import type Protomux from 'protomux'

import { diskError } from '../disk-error.ts'
import { asClaim, MARK, markOf, readMark, weight } from './core-claim.ts'
import type { Circle, Claim } from './core-claim.ts'
import { purgeCores } from './purge.ts'

export interface GatedOptions {
  active?: boolean
  /** Whose every core that is opened from here on belongs to it. */
  circle?: Circle
}

const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')

export class GatedStore extends Corestore {
  /** By discovery key. Known once the core was opened, or asked for, since the start. */
  readonly #claims = new Map<string, Claim>()
  readonly #claiming = new Set<string>()
  /** Cores whose mark was read since the start, by discovery key. */
  readonly #marked = new Set<string>()
  readonly #admitted = new WeakMap<Protomux, Set<Circle>>()

  /** Circles whose cores are being deleted: what is half gone cannot be opened. */
  readonly #purging = new Set<Circle>()

  constructor(storage: string | Hypercore.Storage, options?: Corestore.Options) {
    super(storage, options)
    // Called by Corestore when a core begins to download: the second of its three ways to attach.
    this.streamTracker.attachAll = (core) => this.#attachAll(core)
  }

  /** A session; with a circle, all cores that it opens belong to that. */
  override session(options: GatedOptions = {}): Corestore {
    const { circle, ...rest } = options
    if (circle === undefined) return super.session(rest)
    return new CircleSession(this, rest, (core) => this.#claim(core, { circle, proven: false }))
  }

  override namespace(name: string | Uint8Array, options?: GatedOptions): Corestore {
    return super.namespace(name, options)
  }

  /** Puts an open core into a circle. */
  restrict(core: Hypercore | Uint8Array, circle: Circle = 'drive'): void {
    const discoveryKey = b4a.isBuffer(core) ? core : (core as Hypercore).discoveryKey
    const open = this.cores.get(discoveryKey)
    if (open !== null) this.#claim(open, { circle, proven: false })
  }

  /**
   * Deletes all cores of a circle, which nobody uses any more. What another relay claimed
   * before, or has shown to be its own, is not of this circle.
   * @returns how many went
   * @throws STORAGE_*
   */
  async purge(circle: Circle): Promise<number> {
    this.#purging.add(circle)
    try {
      const purged = await purgeCores(this, MARK, (mark) => asClaim(mark)?.circle === circle)
      for (const discoveryKey of purged) {
        this.#claims.delete(hex(discoveryKey))
        this.#marked.delete(hex(discoveryKey))
      }
      return purged.length
    } catch (err) {
      throw diskError(err, 'The group’s data cannot be deleted')
    } finally {
      this.#purging.delete(circle)
    }
  }

  /**
   * Puts a core into the circle that it was shown to belong to, whoever claimed it
   * before; open or not. A drive's core stays one.
   */
  prove(key: Uint8Array, circle: Circle): void {
    const discoveryKey = crypto.discoveryKey(key)
    const id = hex(discoveryKey)
    const claim = { circle, proven: true }
    const open = this.cores.get(discoveryKey)
    if (open !== null) return this.#claim(open, claim)
    const known = this.#claims.get(id)
    if (known === undefined || weight(known) < weight(claim)) this.#claims.set(id, claim)
  }

  /**
   * Replicates a circle's cores with this connection from now on, once it carries
   * replication. Admitting again offers anew what the other side turned down.
   */
  admit(mux: Protomux, circle: Circle): void {
    const circles = this.#admitted.get(mux) ?? new Set()
    this.#admitted.set(mux, circles.add(circle))
    if (!this.#replicates(mux)) return
    for (const core of this.cores) {
      if (this.#circleOf(core) !== circle) continue
      const { replicator, discoveryKey } = core
      if (mux.opened({ protocol: 'hypercore/alpha', id: discoveryKey })) continue
      if (replicator.attached(mux)) replicator.detachFrom(mux)
      if (this._shouldReplicate(core, mux)) replicator.attachTo(mux)
    }
  }

  /** Ends what of a circle this connection replicates. */
  dismiss(mux: Protomux, circle: Circle): void {
    if (this.#admitted.get(mux)?.delete(circle) !== true) return
    for (const core of this.cores) {
      if (this.#circleOf(core) === circle) detach(core, mux)
    }
  }

  /**
   * A core belongs to one circle. Whoever writes in one relay may name a core of
   * another, so what was proven wins over what was not, then a closed circle over an
   * open one, and of two alike the first.
   */
  #claim(core: Corestore.InternalCore, claim: Claim): void {
    const id = hex(core.discoveryKey)
    const known = this.#claims.get(id)
    const isMarked = this.#marked.has(id)
    if (known !== undefined && isMarked && weight(known) >= weight(claim)) return
    const claiming = id + markOf(claim)
    if (this.#claiming.has(claiming)) return
    this.#claiming.add(claiming)
    this.#settle(core, id, claim).then(
      () => this.#claiming.delete(claiming),
      () => this.#claiming.delete(claiming) // it closed, or is not there: nobody gets it
    )
  }

  async #settle(core: Corestore.InternalCore, id: string, claim: Claim): Promise<void> {
    await core.ready()
    const kept = await readMark(core)
    const before = this.#claims.get(id)
    let settled = kept ?? before ?? claim
    for (const other of [before, claim]) {
      if (other !== undefined && weight(other) > weight(settled)) settled = other
    }
    this.#claims.set(id, settled)
    this.#marked.add(id)
    if (before !== undefined && before.circle !== settled.circle) {
      this.#detachStrangers(core, settled.circle)
    }
    this.#attachAll(core)
    const mark = markOf(settled)
    if (kept === null || markOf(kept) !== mark) {
      await core.state.setUserData(MARK, b4a.from(mark))
    }
    core.checkIfIdle()
  }

  #circleOf({ discoveryKey }: Corestore.InternalCore): Circle | undefined {
    return this.#claims.get(hex(discoveryKey))?.circle
  }

  #attachAll(core: Corestore.InternalCore): void {
    for (const { stream } of this.streamTracker.records) {
      const mux = stream.noiseStream.userData
      if (this._shouldReplicate(core, mux)) core.replicator.attachTo(mux)
    }
  }

  #detachStrangers(core: Corestore.InternalCore, circle: Circle): void {
    for (const { stream } of this.streamTracker.records) {
      const mux = stream.noiseStream.userData
      if (this.#admitted.get(mux)?.has(circle) !== true) detach(core, mux)
    }
  }

  #replicates(mux: Protomux): boolean {
    return this.streamTracker.records.some(({ stream }) => stream.noiseStream.userData === mux)
  }

  #allows(mux: Protomux, circle: Circle | undefined): boolean {
    return circle !== undefined && this.#admitted.get(mux)?.has(circle) === true
  }

  /** The first way: the other side asks for a core, that may not be open here. */
  override async _attachMaybe(mux: Protomux, discoveryKey: Uint8Array): Promise<void> {
    const id = hex(discoveryKey)
    if (!this.#claims.has(id) && this.#admitted.has(mux)) {
      try {
        await this.#recall(id, discoveryKey)
      } catch {
        return // it cannot be read, so nobody gets it; the connection carries others
      }
    }
    const circle = this.#claims.get(id)?.circle
    if (this.closing || !this.#allows(mux, circle)) return
    if (circle !== undefined && this.#purging.has(circle)) return
    await super._attachMaybe(mux, discoveryKey)
    // Dismissed while it was being opened.
    const core = this.cores.get(discoveryKey)
    if (core !== null && !this.#allows(mux, this.#claims.get(id)?.circle)) detach(core, mux)
  }

  /** A core that nobody opened since the start: what was its circle? */
  async #recall(id: string, discoveryKey: Uint8Array): Promise<void> {
    if (this.closing || !(await this.storage.hasCore(discoveryKey))) return
    if (this.closing) return
    const core = this.get({ discoveryKey, active: false })
    try {
      await core.ready()
      const kept = asClaim(await core.getUserData(MARK))
      if (kept !== null && !this.#claims.has(id)) this.#claims.set(id, kept)
    } finally {
      await core.close()
    }
  }

  /** The third: replication begins on a connection, with the cores that are open. */
  override _shouldReplicate(core: Corestore.InternalCore, mux: Protomux): boolean {
    return this.#allows(mux, this.#circleOf(core)) && super._shouldReplicate(core, mux)
  }
}

/** A session, and all that are made from it, whose cores belong to one circle. */
class CircleSession extends Corestore {
  readonly #claim: (core: Corestore.InternalCore) => void
  readonly #root: GatedStore

  constructor(
    root: GatedStore,
    options: Corestore.Options,
    claim: (core: Corestore.InternalCore) => void
  ) {
    super(null, { ...options, root })
    this.#root = root
    this.#claim = claim
  }

  override session(options: Corestore.SessionOptions = {}): Corestore {
    return new CircleSession(this.#root, options, this.#claim)
  }

  /** Every core that a session opens passes here. */
  override _openCore(
    discoveryKey: Uint8Array | null,
    options: Corestore.GetOptions
  ): Corestore.InternalCore {
    const core = super._openCore(discoveryKey, options)
    this.#claim(core)
    return core
  }
}

function detach(core: Corestore.InternalCore, mux: Protomux): void {
  const { replicator } = core
  replicator.detachFrom(mux)
  for (const peer of [...replicator.peers]) if (peer.protomux === mux) peer.channel.close()
}
