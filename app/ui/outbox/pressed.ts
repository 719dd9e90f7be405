/** Where presses are heard of: the window. */
export interface Listening {
  addEventListener(name: string, listener: () => void, options?: object): void
}

const FIRST = { capture: true, passive: true }

let pressing = false
/** What waits until nothing is being pressed */
const held = new Set<() => void>()

/** Follows whether something is being pressed, from now on. */
export function watchPresses(page: Listening): void {
  page.addEventListener('pointerdown', () => (pressing = true), FIRST)
  for (const name of ['pointerup', 'pointercancel']) page.addEventListener(name, letGo, FIRST)
  page.addEventListener('blur', letGo) // of the window: then nothing of it is pressed any more
}

function letGo(): void {
  pressing = false
  // What was pressed hears of it first
  setTimeout(() => {
    if (pressing) return
    const waiting = [...held]
    held.clear()
    for (const run of waiting) run()
  })
}

/**
 * Runs what moves things on the page: now, or once nothing is being pressed. A button that goes
 * from under a finger between down and up is not pressed.
 * @returns what keeps it from running
 */
export function whenLetGo(run: () => void): () => void {
  if (!pressing) {
    run()
    return () => {}
  }
  held.add(run)
  return () => {
    held.delete(run)
  }
}
