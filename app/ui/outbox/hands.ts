/** So long after a key or a press somebody is still at it, in ms. */
const AT_WORK = 250
/** Between two words to those who listen, in ms */
const TOLD = 100

let last = -Infinity
let told = -Infinity
const listeners = new Set<() => void>()

/** Follows what a person presses, from now on. */
export function watchHands(): void {
  const note = (): void => {
    last = performance.now()
    if (last - told < TOLD) return
    told = last
    for (const listener of listeners) listener()
  }
  for (const name of ['keydown', 'pointerdown', 'wheel']) {
    addEventListener(name, note, { capture: true, passive: true })
  }
}

/** Calls `listener` while somebody presses something, a few times a second. */
export function onHands(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/**
 * Files are moved in blocks of this size, in bytes, with a rest after each while somebody is at
 * work: then what is pressed is seen before more is moved, also where there are few processors.
 */
export const BLOCK = 1024 * 1024
/** Of such a rest, in ms: files go on with some MB a second meanwhile */
const REST = 100

export async function makeWay(): Promise<void> {
  if (performance.now() - last > AT_WORK) return
  await new Promise<void>((resolve) => setTimeout(resolve, REST))
}
