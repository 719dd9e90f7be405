/**
 * Brings a device back that sees another group than those who sign the view.
 *
 * A writer that told it something else than them (`guard-conflict.ts`), or nodes that
 * nobody can give it any more, would leave it with a view of its own for ever. It notices
 * by what they signed, and takes that over; what it wrote itself comes on top of it.
 */
import b4a from 'b4a'
import type Autobase from 'autobase'
import Hypercore from 'hypercore'

import type { Log } from '../log.ts'

/** How long the view has to rest before it is looked at, in ms. */
const REST = 10_000

export class Astray {
  readonly #base: Autobase<any>
  readonly #log: Log
  readonly #rest: number
  #timer: ReturnType<typeof setTimeout> | null = null
  /** Where the view stood when it was looked at last. */
  #stood = ''
  #stopped = false
  #looking: Promise<void> = Promise.resolve()

  constructor(base: Autobase<any>, log: Log, rest = REST) {
    this.#base = base
    this.#log = log
    this.#rest = rest
  }

  /** To be called whenever the view moved, or somebody came. */
  soon(): void {
    if (this.#stopped) return
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#looking = this.#look().catch((err: unknown) => {
        if (!this.#stopped) this.#log('astray-unknown', { reason: String(err) })
      })
    }, this.#rest)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#looking
  }

  async #look(): Promise<void> {
    const base = this.#base
    if (this.#stopped || base.isFastForwarding()) return
    const signed = base.core.core.state.length
    const rests = this.#rests(signed)
    // More is signed than we understand: it may be on its way for one more while.
    if (signed > base.indexedLength && !rests) return this.soon()
    if (signed <= base.indexedLength && (await this.#agrees(signed))) return
    if (this.#stopped) return
    this.#log('view-astray', { signed, understood: base.indexedLength })
    await base.forceFastForward()
  }

  /** Whether nothing has moved since it was looked at last. */
  #rests(signed: number): boolean {
    const { core, indexedLength } = this.#base
    const stands = [signed, indexedLength, core.length].join()
    const rests = stands === this.#stood
    this.#stood = stands
    return rests
  }

  /** Whether what we take for settled is what was signed. */
  async #agrees(signed: number): Promise<boolean> {
    const { core } = this.#base
    if (signed === 0 || core.length < signed) return true
    const ours = await Hypercore.treeHashFromStorage(core, signed)
    const theirs = await Hypercore.treeHashFromStorage(core.core, signed)
    return b4a.equals(ours, theirs)
  }
}
