import type { KeyboardEvent, MouseEvent } from 'react'
import type { GridChoice } from './grid-choice.ts'
import { leadsTo, type Shape } from './grid-shape.ts'

/** What presses and keys in a grid can do. */
export interface GridDeeds {
  shape: Shape
  choice: GridChoice
  /** The place of the row that the Tab key leads to */
  active: number
  count: number
  someSelected: boolean
  /** Of all items, in order */
  keys(): string[]
  open(key: string): void
  /** Gives the row at a place the focus; its key */
  goTo(index: number): string | null
}

type Key = KeyboardEvent<HTMLDivElement>
type Press = MouseEvent<HTMLDivElement>

const CONTROLS = 'a, button, input'
/** The box by which a row is selected: all of it, whichever part of it is hit */
const BOX = '.select-box'

export function rowAround(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[role=row]') : null
}

export const onKeyDown =
  (deeds: GridDeeds) =>
  (event: Key): void => {
    const row = rowAround(event.target)
    // What opens above a row is not in it, though its events come through
    if (event.defaultPrevented || row === null || !event.currentTarget.contains(row)) return
    if (event.altKey || (event.target !== row && !leadsOut(event.key))) return
    const done = runs(event, row, deeds)
    if (done) event.preventDefault()
  }

/** Whether a key was for the grid. */
function runs(event: Key, row: HTMLElement, deeds: GridDeeds): boolean {
  const { key, shiftKey, ctrlKey, metaKey } = event
  const { choice } = deeds
  const own = row.dataset.key ?? ''
  if (ctrlKey || metaKey) {
    if (key.toLowerCase() !== 'a') return false
    choice.all(deeds.keys())
    return true
  }
  if (walks(event, row, deeds.shape) || leads(event, own, deeds)) return true
  if (key === ' ' && shiftKey) choice.extend(own, deeds.keys())
  else if (key === ' ') choice.toggle(own)
  else if (key === 'Enter') deeds.open(own)
  else if (key === 'Escape' && deeds.someSelected) {
    event.stopPropagation()
    choice.clear()
  } else return false
  return true
}

/** Keys that lead out of what can be pressed in a row. */
function leadsOut(key: string): boolean {
  return key.startsWith('Arrow') || key === 'Escape'
}

/** In a list, left and right go through what can be pressed in the row; Escape goes back to it. */
function walks({ key, target }: Key, row: HTMLElement, { columns }: Shape): boolean {
  if (key === 'Escape' && target !== row) {
    row.focus({ preventScroll: true })
    return true
  }
  if (columns > 1 || (key !== 'ArrowRight' && key !== 'ArrowLeft')) return false
  const stops = [row, ...row.querySelectorAll<HTMLElement>(CONTROLS)]
  const at = stops.indexOf(target as HTMLElement)
  const next = stops.at((at + (key === 'ArrowRight' ? 1 : -1)) % stops.length)
  next?.focus({ preventScroll: true })
  return true
}

/** Goes to another row, and takes a range with it when Shift is held. */
function leads({ key, shiftKey, currentTarget }: Key, own: string, deeds: GridDeeds): boolean {
  const { shape, choice, active, count } = deeds
  const page = Math.max(1, Math.floor(currentTarget.clientHeight / shape.height) - 1)
  const to = leadsTo(key, active, { columns: shape.columns, count, page })
  if (to === null) return false
  if (shiftKey) choice.begin(own)
  const reached = deeds.goTo(to)
  if (shiftKey && reached !== null) choice.extend(reached, deeds.keys())
  return true
}

export const onClick =
  ({ choice, someSelected, keys, open }: GridDeeds) =>
  (event: Press): void => {
    const row = rowAround(event.target)
    const key = row?.dataset.key
    if (key === undefined || !event.currentTarget.contains(row)) return
    const boxed = (event.target as Element).closest(BOX) !== null
    if (!boxed && (event.target as Element).closest(CONTROLS) !== null) return
    if (event.shiftKey) choice.extend(key, keys())
    else if (boxed || event.ctrlKey || event.metaKey || someSelected) choice.toggle(key)
    // The second press of two would open what came where the first one led
    else if (event.detail < 2) open(key)
  }

/** A finger that stays selects: there is no room for a box to press. */
export const onContextMenu =
  ({ choice }: GridDeeds) =>
  (event: Press): void => {
    const key = rowAround(event.target)?.dataset.key
    if (key === undefined || (event.nativeEvent as PointerEvent).pointerType !== 'touch') return
    event.preventDefault()
    choice.toggle(key)
  }
