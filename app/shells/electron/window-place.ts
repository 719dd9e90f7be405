/** Where the window was, kept from one start to the next. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export interface Bounds {
  readonly x?: number
  readonly y?: number
  readonly width: number
  readonly height: number
}

export interface Place {
  readonly bounds: Bounds
  readonly maximized: boolean
}

/** So much of a window has to be on a screen that it can be moved by hand. */
const REACHABLE = 100

/**
 * The place of last time, unless it lies on no screen any more.
 *
 * @param screens the work areas there are now
 */
export function readPlace(
  path: string,
  fallback: Bounds,
  screens: readonly Required<Bounds>[]
): Place {
  const plain: Place = { bounds: fallback, maximized: false }
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(path, 'utf8')) as Place
    const numbers = [bounds.x, bounds.y, bounds.width, bounds.height]
    if (!numbers.every(Number.isInteger) || typeof maximized !== 'boolean') return plain
    return screens.some((screen) => overlaps(bounds as Required<Bounds>, screen))
      ? { bounds, maximized }
      : { bounds: fallback, maximized }
  } catch {
    return plain // the first time, or a file that is worth nothing
  }
}

/** A failure costs a place on the screen, and no more. */
export function writePlace(path: string, place: Place): void {
  try {
    writeFileSync(`${path}.tmp`, JSON.stringify(place))
    renameSync(`${path}.tmp`, path)
  } catch (err) {
    console.warn('The place of the window is not kept', err)
  }
}

function overlaps(one: Required<Bounds>, other: Required<Bounds>): boolean {
  const across = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const down = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  return across >= REACHABLE && down >= REACHABLE
}
