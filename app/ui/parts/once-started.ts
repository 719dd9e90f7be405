import { saysStarting } from '../../../protocol/errors.ts'

/** Between two looks whether a worker has started, in ms; and how many of them */
export const TRY_AGAIN = 300
const MOST_TRIES = 40

/**
 * Does it once a worker has started: one that has just come back answers that it is starting, and
 * has done nothing then. Whatever else is busy is told at once.
 * @param every milliseconds between two tries
 */
export async function onceStarted(
  job: () => Promise<unknown>,
  every: number = TRY_AGAIN
): Promise<void> {
  for (let left = MOST_TRIES; ; left--) {
    try {
      await job()
      return
    } catch (error) {
      if (left === 0 || !saysStarting(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, every))
    }
  }
}
