/** Where the parts of a long list lie, and where keys lead in it: figures alone, no page. */

/** Equal places in rows and columns. All in pixels. */
export interface Shape {
  columns: number
  /** Of a place, without the space around it */
  width: number
  height: number
  /** Between places, and around all of them */
  space: number
}

/** Rows beyond the sight that are in the page too */
const BEYOND = 8
/** The first row in the page is one of so many, so that not every step of a wheel changes it */
const STEP = 4

export function rowShape(width: number, height: number): Shape {
  return { columns: 1, width, height, space: 0 }
}

/** The smallest and the largest card, width first, and the least space between them. */
interface CardRoom {
  least: readonly [number, number]
  most: readonly [number, number]
  space: number
}

/** As many cards beside each other as have room; they grow until one more fits. */
export function cardShape(width: number, { least, most, space }: CardRoom): Shape {
  const columns = Math.max(1, Math.floor((width - space) / (least[0] + space)))
  const room = (width - space * (columns + 1)) / columns
  const wide = Math.max(Math.min(least[0], width - 2 * space), Math.min(most[0], room))
  const grown = Math.max(0, (wide - least[0]) / (most[0] - least[0]))
  const tall = least[1] + grown * (most[1] - least[1])
  // What the cards leave over is shared out between them
  const left = (width - columns * wide) / (columns + 1)
  return {
    columns,
    width: Math.floor(wide),
    height: Math.floor(tall),
    space: Math.max(space, left)
  }
}

/** The height of all rows. */
export function heightOf({ columns, height, space }: Shape, count: number): number {
  return Math.ceil(count / columns) * (height + rowSpace(space)) + rowSpace(space)
}

export function placeOf(
  { columns, width, height, space }: Shape,
  index: number
): { x: number; y: number } {
  const row = Math.floor(index / columns)
  const gap = rowSpace(space)
  return { x: space + (index % columns) * (width + space), y: gap + row * (height + gap) }
}

/** Rows lie closer than columns may. */
function rowSpace(space: number): number {
  return Math.min(space, 12)
}

/** The places that are to be in the page: from the first to before the second. */
export function windowOf(
  shape: Shape,
  count: number,
  sight: { top: number; height: number }
): [number, number] {
  const step = shape.height + rowSpace(shape.space)
  const first = Math.floor((Math.floor(Math.max(0, sight.top) / step) - BEYOND) / STEP) * STEP
  const rows = Math.ceil(sight.height / step) + 2 * BEYOND + STEP
  // At the top nothing lies above, and nobody scrolls yet: what a search finds is soon drawn
  const last = sight.top <= 0 ? Math.ceil(sight.height / step) + STEP : first + rows
  const [from, to] = [Math.max(0, first), last].map((row) => row * shape.columns)
  return [Math.min(count, from ?? 0), Math.min(count, to ?? 0)]
}

/** Where a key leads from a place; null when it leads nowhere. */
export function leadsTo(
  key: string,
  from: number,
  { columns, count, page }: { columns: number; count: number; page: number }
): number | null {
  const steps: Record<string, number> = {
    ArrowDown: columns,
    ArrowUp: -columns,
    PageDown: page * columns,
    PageUp: -page * columns
  }
  if (columns > 1) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 })
  if (count === 0) return null
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const step = steps[key]
  if (step === undefined) return null
  const to = from + step
  if (to >= 0 && to < count) return to
  // One step beyond the end leads nowhere; a page goes as far as it can
  if (!key.startsWith('Page')) return step > 1 && lastRow(from, columns, count) ? count - 1 : null
  return to < 0 ? 0 : count - 1
}

/** Whether below there is a row, though not a place straight below. */
function lastRow(from: number, columns: number, count: number): boolean {
  return Math.floor(from / columns) < Math.floor((count - 1) / columns)
}
