import type Hypercore from 'hypercore'

import type { View } from './apply.ts'

/**
 * Keeps a member's copy of the view whole. Who takes a view over from those who signed
 * it has its length at once and its blocks only as they are asked for; whoever they come
 * from may be gone for ever by then, and `apply` would wait for them without end.
 */
export class WholeView {
  #ranges: { destroy(): void }[] = []

  /** Fetches what is missing, now and as it grows; again after the view became another one. */
  keep({ log, state }: View): void {
    this.stop()
    const { core } = state as unknown as { core: Hypercore }
    this.#ranges = [core, log].map((view) => view.download({ start: 0, end: -1 }))
  }

  stop(): void {
    for (const range of this.#ranges) range.destroy()
    this.#ranges = []
  }
}
