import { HypertunaError } from '../protocol/errors.ts'
import type { Log } from './log.ts'

/** How long one part may take to close, in ms: on a disk that failed it may never end. */
const PATIENCE = 20_000

/** What is to be closed again, in reverse. One that fails holds up none of the others. */
export class Closers {
  readonly #log: Log
  readonly #all: (() => Promise<void>)[] = []

  constructor(log: Log) {
    this.#log = log
  }

  push(close: () => Promise<void>): void {
    this.#all.push(close)
  }

  async closeAll(): Promise<void> {
    for (const close of this.#all.splice(0).reverse()) {
      try {
        await inTime(close())
      } catch (err) {
        this.#log('close-failed', { reason: HypertunaError.from(err).message })
      }
    }
  }
}

async function inTime(closing: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new HypertunaError('TIMEOUT', 'It did not close')), PATIENCE)
  })
  try {
    await Promise.race([closing, late])
  } finally {
    clearTimeout(timer)
  }
}
