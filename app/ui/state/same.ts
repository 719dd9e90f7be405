/**
 * What came anew, with the parts of what was known before that are alike in its place: so that
 * only what has changed is drawn again; the very same list when nothing has. For small lists of plain values.
 */
export function keepAlike<T>(known: T[], next: T[], keyOf: (item: T) => string): T[] {
  const before = new Map(known.map((item) => [keyOf(item), item]))
  const kept = next.map((item) => {
    const old = before.get(keyOf(item))
    return old === undefined ? item : keepSame(old, item)
  })
  return kept.length === known.length && kept.every((one, i) => one === known[i]) ? known : kept
}

/** What was known before, when what came is alike. */
export function keepSame<T>(known: T, next: T): T {
  return JSON.stringify(known) === JSON.stringify(next) ? known : next
}
