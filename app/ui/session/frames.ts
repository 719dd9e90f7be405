/** When nobody looks there are no frames; what is new is told after so many ms. */
const UNSEEN = 250

interface Frames {
  requestAnimationFrame(run: () => void): number
  cancelAnimationFrame(frame: number): void
}

/**
 * Runs something before the next frame is drawn. What comes many times between two frames is so
 * worked out once. Without frames (a page that nobody sees, or no browser) it is soon all the same.
 */
export function beforeFrame(run: () => void): void {
  const { requestAnimationFrame, cancelAnimationFrame } = globalThis as Partial<Frames>
  if (!requestAnimationFrame || !cancelAnimationFrame) return queueMicrotask(run)
  let done = false
  const once = (): void => {
    if (done) return
    done = true
    clearTimeout(timer)
    cancelAnimationFrame(frame)
    run()
  }
  const frame = requestAnimationFrame(once)
  const timer = setTimeout(once, UNSEEN)
}
