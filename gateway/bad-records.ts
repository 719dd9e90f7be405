import type { Log } from './log.ts'

const KEPT = 1024

/** Events whose record of a file is not true of the file's bytes; the oldest are forgotten. */
export class BadRecords {
  readonly #log: Log
  readonly #names = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  has(eventId: string, hash: string): boolean {
    return this.#names.has(`${eventId}:${hash}`)
  }

  add(eventId: string, hash: string): void {
    this.#log('bad record', { event: eventId, hash })
    this.#names.add(`${eventId}:${hash}`)
    for (const oldest of this.#names) {
      if (this.#names.size <= KEPT) break
      this.#names.delete(oldest)
    }
  }
}
