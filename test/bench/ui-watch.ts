/** What a Chromium itself says of its page: interactions, long tasks and frames. */
import type { Page } from 'playwright-core'

export interface Interactions {
  count: number
  /** From the key or the press until it is seen, in ms, and up to 16 more */
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

/**
 * These run in the page. A press counts until the frame after the one that shows what it did has
 * begun, so always up to 16 ms too long: of the parts of a press (down, up, click) the slowest.
 * Event Timing, which would tell it exactly, does not: in a field where a letter was drawn 12 ms
 * after its key (as a trace of the same moment shows), it told of seconds, up to the next frame
 * that something else caused.
 */
const WATCH_INTERACTIONS = `{
  const seen = { presses: [], tasks: [] }
  let press = null
  const note = ({ type, timeStamp }) => {
    if (type === 'keydown' || type === 'pointerdown' || press === null) {
      press = { ms: 0 }
      seen.presses.push(press)
    }
    const own = press
    requestAnimationFrame(() => requestAnimationFrame(() => {
      own.ms = Math.max(own.ms, performance.now() - timeStamp)
    }))
  }
  const names = ['keydown', 'pointerdown', 'pointerup', 'click']
  for (const name of names) addEventListener(name, note, { capture: true })
  const stop = () => {
    for (const name of names) removeEventListener(name, note, { capture: true })
  }
  const tasks = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration)
  })
  tasks.observe({ type: 'longtask' })
  window.seenByTheBench = { seen, stop, tasks }
}`

const INTERACTIONS = `(() => {
  const { seen, stop, tasks } = window.seenByTheBench
  stop()
  tasks.disconnect()
  return { durations: seen.presses.map(({ ms }) => ms), tasks: seen.tasks }
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

/** Watches interactions from now on. What was begun has to be over when it is asked for. */
export async function watchInteractions(page: Page): Promise<() => Promise<Interactions>> {
  await page.evaluate(WATCH_INTERACTIONS)
  return async () => {
    const { durations, tasks } = await page.evaluate<{ durations: number[]; tasks: number[] }>(
      INTERACTIONS
    )
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
