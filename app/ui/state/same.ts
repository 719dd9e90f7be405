/**
 * What came anew, with the parts of what was known before that are alike in its place: so that
 * only what has changed is drawn again. For small lists of plain values.
 */
export function keepAlike<T>(known: readonly T[], next: T[], keyOf: (item: T) => string): T[] {
  const before = new Map(known.map((item) => [keyOf(item), item]))
  return next.map((item) => {
    const old = before.get(keyOf(item))
    return old !== undefined && JSON.stringify(old) === JSON.stringify(item) ? old : item
  })
}
