import { Value } from '../session/store.ts'

export interface Notice {
  id: number
  text: string
  tone: 'plain' | 'danger'
  /** One thing that can be done about it, while it is there */
  action?: NoticeAction | undefined
}

export interface NoticeAction {
  label: string
  run: () => void
}

const STAY = 6000
const STAY_LONGER = 12_000

/** One short message at a time at the foot of the window, read out politely. */
export class Notices {
  readonly current = new Value<Notice | null>(null)
  #id = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  say(text: string, tone: Notice['tone'] = 'plain', action?: NoticeAction): void {
    clearTimeout(this.#timer)
    this.current.set({ id: ++this.#id, text, tone, action })
    const stay = tone === 'danger' || action !== undefined ? STAY_LONGER : STAY
    this.#timer = setTimeout(() => this.current.set(null), stay)
  }

  /** Something else comes in front: what was only told, and is no trouble, goes. */
  giveWay(): void {
    const notice = this.current.get()
    if (notice?.tone === 'plain' && notice.action === undefined) this.dismiss()
  }

  dismiss(): void {
    clearTimeout(this.#timer)
    this.current.set(null)
  }
}
