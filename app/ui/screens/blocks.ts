/** Lines that are drawn together, or left out together when they are far from sight. */
export interface Block<T> {
  key: string
  lines: T[]
  /** Of its first line, among all lines */
  start: number
}

/** One line in sixteen begins a block */
const BEGINS = /^0/
/** For lines whose keys are all alike */
const MOST = 32

/**
 * Cuts lines into blocks at keys of a certain look, so that what comes before or after changes
 * no other block.
 */
export function blocksOf<T extends { key: string }>(lines: readonly T[]): Block<T>[] {
  const blocks: Block<T>[] = []
  for (const [index, line] of lines.entries()) {
    const last = blocks.at(-1)
    if (last && !BEGINS.test(line.key) && last.lines.length < MOST) last.lines.push(line)
    else blocks.push({ key: line.key, lines: [line], start: index })
  }
  return blocks
}
