/**
 * A Corestore that replicates a core only with whom it may.
 *
 * Corestore hands any core to whoever knows its key. A drive's key is no secret
 * (every filekey entry names it), so knowing the key is not enough for a drive:
 * the other side must have proved itself a member. Relays' cores are open to
 * whoever knows the relay's key, which the connection shows before it gets here.
 */
import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type Protomux from 'protomux'

export class GatedStore extends Corestore {
  readonly #membersOnly = new Set<string>()
  readonly #members = new WeakSet<Protomux>()

  constructor(storage: string | Hypercore.Storage, options?: Corestore.Options) {
    super(storage, options)
    const tracker = this.streamTracker
    // Called by Corestore when a core begins to download: the second of its three ways to attach.
    tracker.attachAll = (core) => {
      for (const { stream } of tracker.records) {
        const mux = stream.noiseStream.userData
        if (this.#allows(mux, core) && !core.replicator.attached(mux)) core.replicator.attachTo(mux)
      }
    }
  }

  /** Keeps a core from everyone but proven members. */
  restrict(core: Hypercore | Uint8Array): void {
    const discoveryKey = b4a.isBuffer(core) ? core : (core as Hypercore).discoveryKey
    this.#membersOnly.add(b4a.toString(discoveryKey, 'hex'))
  }

  /** The other side of this connection is a member of a relay that we share. */
  trust(mux: Protomux): void {
    this.#members.add(mux)
  }

  #allows(mux: Protomux, core: { discoveryKey: Uint8Array }): boolean {
    if (!this.#membersOnly.has(b4a.toString(core.discoveryKey, 'hex'))) return true
    return this.#members.has(mux)
  }

  override async _attachMaybe(mux: Protomux, discoveryKey: Uint8Array): Promise<void> {
    if (this.#allows(mux, { discoveryKey })) await super._attachMaybe(mux, discoveryKey)
  }

  override _shouldReplicate(core: Corestore.InternalCore, mux: Protomux): boolean {
    return this.#allows(mux, core) && super._shouldReplicate(core, mux)
  }
}
