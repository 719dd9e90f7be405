/**
 * Calls `run` at once, and then at most once every `ms` while it is asked for:
 * a burst of changes becomes a first look and a last one.
 */
export function coalesce(ms: number, run: () => void): { (): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | null = null
  let again = false
  const tick = (): void => {
    timer = null
    if (!again) return
    again = false
    ask()
  }
  const ask = (): void => {
    if (timer !== null) {
      again = true
      return
    }
    timer = setTimeout(tick, ms)
    run()
  }
  return Object.assign(ask, {
    stop(): void {
      if (timer !== null) clearTimeout(timer)
      again = false
    }
  })
}
