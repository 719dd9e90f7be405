/** Whether somebody who goes by keys sees where they are. */
import type { Page } from 'playwright-core'

import { SETTLED } from './page.ts'

/** So many steps of the Tab key on one screen at most. */
const MOST = 60
/** Two that were met before: then it goes around. */
const AROUND = 2

interface Seen {
  what: string
  fault: string | null
}

/** Goes through a screen with Tab, in both themes: what has a ring that cannot be seen, or none. */
export async function ringFaults(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(SETTLED)
    const met = new Set<string>()
    for (let again = 0, step = 0; again < AROUND && step < MOST; step++) {
      await page.keyboard.press('Tab')
      const { what, fault } = await page.evaluate<Seen>(LOOK)
      if (met.has(what)) again++
      met.add(what)
      if (fault !== null) faults.push(`${colorScheme}: ${what}: ${fault}`)
    }
    if (met.size < 2) faults.push(`${colorScheme}: the keys lead nowhere`)
  }
  await page.emulateMedia({ colorScheme: null })
  return [...new Set(faults)]
}

/**
 * In the page: what has the focus. Its ring is an outline of its own, or of what stands for it: a
 * label, the mark of a box, the field around it, which may have a frame of the accent's colour.
 */
const LOOK = `(() => {
  const place = document.activeElement
  if (place === null || place === document.body) return { what: 'the page', fault: null }
  const label = place.labels?.[0]?.textContent
  const words = place.getAttribute('aria-label') ?? label ?? place.textContent ?? ''
  const what = [place.tagName.toLowerCase(), place.type, words.trim().slice(0, 40)].join(' ')
  const numbers = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number)
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
  const contrast = (a, b) => {
    const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y)
    return (bright + 0.05) / (dark + 0.05)
  }
  const ground = (from) => {
    for (let at = from; at !== null; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor)
      if (a > 0.5) return [r, g, b]
    }
    return [255, 255, 255]
  }
  const cut = (at, by) => {
    const { left, right, top, bottom } = at.getBoundingClientRect()
    for (let around = at.parentElement; around !== null; around = around.parentElement) {
      if (getComputedStyle(around).overflow === 'visible') continue
      const edge = around.getBoundingClientRect()
      if (left - by < edge.left - 0.5 || right + by > edge.right + 0.5) return true
      if (top - by < edge.top - 0.5 || bottom + by > edge.bottom + 0.5) return true
    }
    return false
  }
  const box = place.closest('.select-box')?.querySelector('.check-box')
  // The combobox of the palette is all there is to have the focus: the caret shows it
  if (place.role === 'combobox') return { what, fault: null }
  const stands = place.closest('label') ?? box ?? place
  const field = place.closest('.composer')
  const { outlineStyle, outlineWidth, outlineOffset, outlineColor } = getComputedStyle(stands)
  const width = outlineStyle === 'none' ? 0 : parseFloat(outlineWidth)
  const offset = parseFloat(outlineOffset)
  if (width < 2 && field !== null) {
    const { borderTopColor, boxShadow } = getComputedStyle(field)
    const framed = boxShadow.includes(borderTopColor)
    const seen = contrast(numbers(borderTopColor), ground(field.parentElement))
    return { what, fault: framed && seen >= 3 ? null : 'no ring' }
  }
  if (width < 2) return { what, fault: 'no ring' }
  const seen = contrast(numbers(outlineColor), ground(offset < 0 ? stands : stands.parentElement))
  if (seen < 3) return { what, fault: 'a ring of a contrast of ' + seen.toFixed(1) }
  if (cut(stands, Math.max(0, width + offset))) return { what, fault: 'a ring that is cut off' }
  return { what, fault: null }
})()`
