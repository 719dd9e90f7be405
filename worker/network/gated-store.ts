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
import type Hypercore from 'hypercore'
import type Protomux from 'protomux'

/** Who may replicate a core; kept beside it on the disk. */
export type Circle = 'drive' | `private:${string}` | `public:${string}`

export interface GatedOptions {
  active?: boolean
  /** Whose every core that is opened from here on belongs to it. */
  circle?: Circle
}

/** The circle of a relay's cores. */
export const circleOf = (relayKey: string, isPrivate: boolean): Circle =>
  `${isPrivate ? 'private' : 'public'}:${relayKey}`

const MARK = 'hypertuna/circle'

const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')

export class GatedStore extends Corestore {
  /** By discovery key. Known once the core was opened, or asked for, since the start. */
  readonly #circles = new Map<string, Circle>()
  readonly #claiming = new Set<string>()
  readonly #admitted = new WeakMap<Protomux, Set<Circle>>()

  constructor(storage: string | Hypercore.Storage, options?: Corestore.Options) {
    super(storage, options)
    // Called by Corestore when a core begins to download: the second of its three ways to attach.
    this.streamTracker.attachAll = (core) => this.#attachAll(core)
  }

  /** A session; with a circle, all cores that it opens belong to that. */
  override session(options: GatedOptions = {}): Corestore {
    const { circle, ...rest } = options
    if (circle === undefined) return super.session(rest)
    return new CircleSession(this, rest, (core) => this.#claim(core, circle))
  }

  override namespace(name: string | Uint8Array, options?: GatedOptions): Corestore {
    return super.namespace(name, options)
  }

  /** Puts an open core into a circle. */
  restrict(core: Hypercore | Uint8Array, circle: Circle = 'drive'): void {
    const discoveryKey = b4a.isBuffer(core) ? core : (core as Hypercore).discoveryKey
    const open = this.cores.get(discoveryKey)
    if (open !== null) this.#claim(open, circle)
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
      if (this.#circles.get(hex(core.discoveryKey)) !== circle) continue
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
      if (this.#circles.get(hex(core.discoveryKey)) === circle) detach(core, mux)
    }
  }

  /**
   * A core belongs to one circle. Whoever may name a writer of one relay could
   * name a core of another, so a closed circle wins over an open one, and of two
   * alike the first.
   */
  #claim(core: Corestore.InternalCore, circle: Circle): void {
    const id = hex(core.discoveryKey)
    const known = this.#circles.get(id)
    if (known !== undefined && rank(known) >= rank(circle)) return
    const claim = id + circle
    if (this.#claiming.has(claim)) return
    this.#claiming.add(claim)
    this.#settle(core, id, circle).then(
      () => this.#claiming.delete(claim),
      () => this.#claiming.delete(claim) // it closed, or is not there: nobody gets it
    )
  }

  async #settle(core: Corestore.InternalCore, id: string, circle: Circle): Promise<void> {
    await core.ready()
    const kept = await readMark(core)
    for (const other of [this.#circles.get(id), kept]) {
      if (other !== undefined && other !== null && rank(other) >= rank(circle)) circle = other
    }
    const before = this.#circles.get(id)
    this.#circles.set(id, circle)
    if (before !== undefined && before !== circle) this.#detachStrangers(core, circle)
    this.#attachAll(core)
    if (kept !== circle) await core.state.setUserData(MARK, b4a.from(circle))
    core.checkIfIdle()
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
    if (!this.#circles.has(id) && this.#admitted.has(mux)) {
      try {
        await this.#recall(id, discoveryKey)
      } catch {
        return // it cannot be read, so nobody gets it; the connection carries others
      }
    }
    if (this.closing || !this.#allows(mux, this.#circles.get(id))) return
    await super._attachMaybe(mux, discoveryKey)
    // Dismissed while it was being opened.
    const core = this.cores.get(discoveryKey)
    if (core !== null && !this.#allows(mux, this.#circles.get(id))) detach(core, mux)
  }

  /** A core that nobody opened since the start: what was its circle? */
  async #recall(id: string, discoveryKey: Uint8Array): Promise<void> {
    if (this.closing || !(await this.storage.hasCore(discoveryKey))) return
    if (this.closing) return
    const core = this.get({ discoveryKey, active: false })
    try {
      await core.ready()
      const kept = asCircle(await core.getUserData(MARK))
      if (kept !== null && !this.#circles.has(id)) this.#circles.set(id, kept)
    } finally {
      await core.close()
    }
  }

  /** The third: replication begins on a connection, with the cores that are open. */
  override _shouldReplicate(core: Corestore.InternalCore, mux: Protomux): boolean {
    const circle = this.#circles.get(hex(core.discoveryKey))
    return this.#allows(mux, circle) && super._shouldReplicate(core, mux)
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

function rank(circle: Circle): number {
  if (circle === 'drive') return 2
  return circle.startsWith('private:') ? 1 : 0
}

function asCircle(mark: Uint8Array | null): Circle | null {
  return mark === null ? null : (b4a.toString(mark) as Circle)
}

async function readMark(core: Corestore.InternalCore): Promise<Circle | null> {
  const reading = core.state.storage.read()
  const mark = reading.getUserData(MARK)
  reading.tryFlush()
  return asCircle(await mark)
}

function detach(core: Corestore.InternalCore, mux: Protomux): void {
  const { replicator } = core
  replicator.detachFrom(mux)
  for (const peer of [...replicator.peers]) if (peer.protomux === mux) peer.channel.close()
}
