import type { Value } from '../session/store.ts'

const PLACE = 'dialog'

const isPlace = (): boolean => history.state === PLACE

/**
 * The open dialog's place in the browser's history: the way back closes the dialog before it
 * leaves the page below.
 *
 * To step back takes the browser a while. What would move meanwhile has to wait for it: a
 * dialog that opened would be closed by the step, and a place that was gone to would be left.
 */
export class DialogPlace {
  readonly #dialog: Value<object | null>
  readonly #waiting: (() => void)[] = []
  #leaving = false

  constructor(dialog: Value<object | null>) {
    this.#dialog = dialog
    if (isPlace()) history.replaceState(null, '') // of a page before a reload
    dialog.subscribe(() => this.#take())
    addEventListener('popstate', () => this.#onpop())
  }

  /** Whether the present place is the dialog's, and stays so */
  get taken(): boolean {
    return isPlace() && !this.#leaving
  }

  /** Takes the dialog's place out of the history. */
  leave(): void {
    if (!this.taken) return
    this.#leaving = true
    history.back()
  }

  /** Runs now, or as soon as the step back is done. */
  settled(run: () => void): void {
    if (this.#leaving) this.#waiting.push(run)
    else run()
  }

  #take(): void {
    if (this.#dialog.get() !== null && !this.#leaving && !isPlace()) history.pushState(PLACE, '')
  }

  #onpop(): void {
    if (!this.#leaving) {
      if (!isPlace()) this.#dialog.set(null)
      return
    }
    this.#leaving = false
    for (const run of this.#waiting.splice(0)) run()
    this.#take()
  }
}
