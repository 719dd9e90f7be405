/** The things whose label has all the words in it: first where they begin words of it. */
export function rank<T extends { label: string }>(things: readonly T[], words: string): T[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean)
  const scored = things.flatMap((thing) => {
    const label = fold(thing.label)
    if (!wanted.every((word) => label.includes(word))) return []
    const score = wanted.reduce((sum, word) => {
      if (label.startsWith(word)) return sum
      return sum + (label.includes(` ${word}`) ? 1 : 2)
    }, 0)
    return [{ thing, score }]
  })
  return scored.sort((a, b) => a.score - b.score).map(({ thing }) => thing)
}

/** Without case and accents, as people type. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLocaleLowerCase()
    .trim()
}
