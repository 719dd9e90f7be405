/** Members who say that we are none, as far as the link tells. */
interface Answers {
  /** Whether those who are there refuse us, and nobody takes us for a member. */
  readonly isShutOut: boolean
  members(): readonly unknown[]
}

/**
 * How long members may refuse us before it is told, in ms: whoever has not heard yet
 * that we were let in refuses us too, for a moment.
 */
const GRACE = 4_000

/**
 * Whether the members of a private group do not know us any more. Nobody sends a removal
 * to who was removed, so that they refuse us is all that we hear. It holds until one of
 * them takes us for a member again, also while nobody is there.
 */
export class ShutOut {
  told = false
  readonly #onchange: () => void
  #timer: ReturnType<typeof setTimeout> | null = null

  /** @param onchange called when it is told, which is in nobody's event */
  constructor(onchange: () => void) {
    this.#onchange = onchange
  }

  /** Looks after each change of who is there. */
  look(link: Answers): void {
    if (link.members().length > 0) this.told = false
    if (!link.isShutOut) this.stop()
    else if (!this.told) this.#timer ??= setTimeout(() => this.#tell(link), GRACE)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #tell(link: Answers): void {
    this.#timer = null
    if (!link.isShutOut) return
    this.told = true
    this.#onchange()
  }
}
