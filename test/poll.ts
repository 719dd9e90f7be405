/**
 * Looks again and again until it holds: for what no event tells of, such as another process, a
 * folder, or what a server would answer. The test's own time limit ends what never holds.
 *
 * @param every milliseconds from one look to the next
 */
export async function poll(holds: () => boolean | Promise<boolean>, every = 5): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, every))
}

/** As `poll`, for at most `ms`. @returns whether it held by then */
export async function pollFor(
  ms: number,
  holds: () => boolean | Promise<boolean>,
  every = 50
): Promise<boolean> {
  const deadline = Date.now() + ms
  while (!(await holds())) {
    if (Date.now() >= deadline) return false
    await new Promise((resolve) => setTimeout(resolve, every))
  }
  return true
}
