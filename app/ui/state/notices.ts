import { Value } from '../session/store.ts'

export interface Notice {
  id: number
  text: string
  tone: 'plain' | 'danger'
}

const STAY = 6000
const STAY_LONGER = 12_000

/** One short message at a time at the foot of the window, read out politely. */
export class Notices {
  readonly current = new Value<Notice | null>(null)
  #id = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  say(text: string, tone: Notice['tone'] = 'plain'): void {
    clearTimeout(this.#timer)
    this.current.set({ id: ++this.#id, text, tone })
    this.#timer = setTimeout(() => this.current.set(null), tone === 'danger' ? STAY_LONGER : STAY)
  }

  dismiss(): void {
    clearTimeout(this.#timer)
    this.current.set(null)
  }
}
