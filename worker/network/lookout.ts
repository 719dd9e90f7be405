import type Hyperswarm from 'hyperswarm'

import type { RelayLink } from './relay-link.ts'

/** ms between looks while no member is online; after the last, Hyperswarm's own of ten minutes go on. */
const PAUSES = [1500, 6000, 20_000, 60_000, 180_000]

/**
 * Looks for the members of a relay again while none is online.
 *
 * A device announces itself at the end of its search. Two that start together search
 * before either is announced, find nobody, and would not search again for ten minutes.
 */
export class Lookout {
  readonly #discovery: Hyperswarm.Discovery
  readonly #link: RelayLink
  #timer: NodeJS.Timeout | null = null
  #looks = 0
  #closed = false
  readonly #onchange = (): void => {
    if (this.#link.members().length > 0) this.#rest()
    else this.again()
  }

  constructor(discovery: Hyperswarm.Discovery, link: RelayLink) {
    this.#discovery = discovery
    this.#link = link
    link.on('change', this.#onchange)
    this.again()
  }

  /** Begins with the short pauses anew, unless somebody is online. */
  again(): void {
    this.#rest()
    if (!this.#closed && this.#link.members().length === 0) this.#lookLater()
  }

  close(): void {
    this.#closed = true
    this.#link.off('change', this.#onchange)
    this.#rest()
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#looks = 0
  }

  #lookLater(): void {
    const pause = PAUSES[this.#looks++]
    if (pause === undefined) return
    // Apart from those who started together with us.
    this.#timer = setTimeout(() => void this.#look(), pause * (1 + Math.random() / 2))
  }

  async #look(): Promise<void> {
    const timer = this.#timer
    try {
      await this.#discovery.refresh()
    } catch {
      // Without a network there is nobody to find; the next look may have one.
    }
    // Unless somebody came meanwhile, or it all began anew.
    if (timer !== null && this.#timer === timer) this.#lookLater()
  }
}
