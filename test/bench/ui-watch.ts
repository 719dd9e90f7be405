/** What a Chromium itself says of its page: interactions, long tasks and frames. */
import type { Page } from 'playwright-core'

export interface Interactions {
  count: number
  /** From the key or the press until it is seen, in ms */
  p50: number
  p95: number
  most: number
  /** The longest task of the page's thread meanwhile */
  longest: number
}

export interface Frames {
  count: number
  p95: number
  most: number
  /** How many took more than 50 ms */
  slow: number
  /** How far was scrolled, in pixels */
  moved: number
}

/** These run in the page. Of an interaction the slowest of its events counts. */
const WATCH_INTERACTIONS = `{
  const seen = { durations: new Map(), tasks: [], first: performance.interactionCount }
  const events = new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries()) {
      if (!interactionId) continue
      seen.durations.set(interactionId, Math.max(duration, seen.durations.get(interactionId) ?? 0))
    }
  })
  events.observe({ type: 'event', durationThreshold: 16 })
  const tasks = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration)
  })
  tasks.observe({ type: 'longtask' })
  window.seenByTheBench = { seen, observers: [events, tasks] }
}`

const INTERACTIONS = `(() => {
  const { seen, observers } = window.seenByTheBench
  for (const observer of observers) observer.disconnect()
  const count = performance.interactionCount - seen.first
  return { durations: [...seen.durations.values()], tasks: seen.tasks, count }
})()`

const WATCH_FRAMES = `{
  const frames = []
  window.framesOfTheBench = frames
  let last = performance.now()
  const tick = (now) => {
    frames.push(now - last)
    last = now
    if (window.framesOfTheBench === frames) requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
}`

const FRAMES = `(() => {
  const frames = window.framesOfTheBench
  window.framesOfTheBench = null
  return frames
})()`

/**
 * Watches interactions from now on (Event Timing): of those that the browser does not report,
 * because they took less than 16 ms, 16 is counted.
 */
export async function watchInteractions(page: Page): Promise<() => Promise<Interactions>> {
  await page.evaluate(WATCH_INTERACTIONS)
  return async () => {
    const { durations, tasks, count } = await page.evaluate<{
      durations: number[]
      tasks: number[]
      count: number
    }>(INTERACTIONS)
    while (durations.length < count) durations.push(16)
    const sorted = durations.sort((a, b) => a - b)
    return {
      count: sorted.length,
      p50: at(sorted, 0.5),
      p95: at(sorted, 0.95),
      most: sorted.at(-1) ?? 0,
      longest: Math.max(0, ...tasks)
    }
  }
}

/** Watches the time between frames from now on. */
export async function watchFrames(page: Page): Promise<(place: string) => Promise<Frames>> {
  await page.evaluate(WATCH_FRAMES)
  return async (place) => {
    const frames = await page.evaluate<number[]>(FRAMES)
    const top = `document.querySelector('${place}').scrollTop`
    const moved = Math.abs(await page.evaluate<number>(top))
    const sorted = frames.slice(1).sort((a, b) => a - b)
    const slow = sorted.filter((ms) => ms > 50).length
    return { count: sorted.length, p95: at(sorted, 0.95), most: sorted.at(-1) ?? 0, slow, moved }
  }
}

function at(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
