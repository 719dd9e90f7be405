const REPORT_EVERY = 200
const SPAN = 3000

/** Turns counts of bytes into a rate over the last seconds, and holds reports to five a second. */
export class Pace {
  #marks: { at: number; done: number }[] = []
  #reported = 0

  /** @param done bytes so far; `report` gets bytes per second */
  tick(done: number, report: (rate: number) => void): void {
    const at = performance.now()
    if (at - this.#reported < REPORT_EVERY) return
    this.#reported = at
    this.#marks.push({ at, done })
    while (this.#marks.length > 2 && at - this.#marks[0]!.at > SPAN) this.#marks.shift()
    const first = this.#marks[0]!
    report(at > first.at ? ((done - first.done) * 1000) / (at - first.at) : 0)
  }
}
