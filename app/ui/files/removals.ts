import type { Session } from '../session/session.ts'
import { Value } from '../session/store.ts'
import type { Notices } from '../state/notices.ts'
import { copy, explain } from '../strings.ts'

/** How long a removal can be taken back, in ms */
const GRACE = 8000
const NOTHING: ReadonlySet<string> = new Set()

export interface Removal {
  relayKey: string
  /** Messages that go */
  eventIds: readonly string[]
  /** Records of their files, hidden from now on */
  records: readonly string[]
  words: string
}

/**
 * Files that are being removed. For some seconds they are only hidden, and come back at a
 * word; what is not taken back goes then. A page that is closed meanwhile removes nothing.
 */
export class Removals {
  readonly hidden = new Value<ReadonlySet<string>>(NOTHING)
  readonly #session: Session
  readonly #notices: Notices
  #pending: { removal: Removal; timer: ReturnType<typeof setTimeout> } | null = null

  constructor(session: Session, notices: Notices) {
    this.#session = session
    this.#notices = notices
  }

  /** Removes them in a moment; an earlier removal is done at once. */
  add(removal: Removal): void {
    this.#settle()
    this.hidden.set(new Set([...this.hidden.get(), ...removal.records]))
    this.#pending = { removal, timer: setTimeout(() => this.#settle(), GRACE) }
    const run = () => this.#undo(removal)
    this.#notices.say(removal.words, 'plain', { label: copy.file.undo, run })
  }

  #undo(removal: Removal): void {
    if (this.#pending?.removal !== removal) return
    clearTimeout(this.#pending.timer)
    this.#pending = null
    this.#show(removal)
    this.#notices.say(copy.file.undone)
  }

  #settle(): void {
    if (this.#pending === null) return
    const { removal, timer } = this.#pending
    clearTimeout(timer)
    this.#pending = null
    if (this.#notices.current.get()?.text === removal.words) this.#notices.dismiss()
    void this.#remove(removal)
  }

  async #remove(removal: Removal): Promise<void> {
    const { relayKey, eventIds } = removal
    try {
      for (const eventId of eventIds) {
        await this.#session.call('deleteMessage', { relayKey, eventId })
      }
      // The list without them arrives a moment after the answer
      setTimeout(() => this.#show(removal), GRACE)
    } catch (error) {
      this.#show(removal)
      this.#notices.say(explain(error), 'danger')
    }
  }

  #show({ records }: Removal): void {
    const gone = new Set(records)
    this.hidden.set(new Set([...this.hidden.get()].filter((record) => !gone.has(record))))
  }
}
