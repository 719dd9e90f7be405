import { useLayoutEffect, useRef, useState, type FocusEvent, type RefObject } from 'react'
import type { GridChoice } from './grid-choice.ts'
import { onClick, onContextMenu, onKeyDown, rowAround } from './grid-events.ts'
import type { GridDeeds } from './grid-events.ts'
import { placeOf, type Shape } from './grid-shape.ts'
import type { GridProps } from './grid.tsx'

interface GridKeys<T> {
  place: RefObject<HTMLDivElement | null>
  now: RefObject<GridProps<T>>
  shape: Shape
  choice: GridChoice
}

/** Presses and keys of a grid, and which of its rows the Tab key leads to. */
export function useGridKeys<T>({ place, now, shape, choice }: GridKeys<T>) {
  const { active, within, goTo, setActiveKey } = useActive({ place, now, shape })
  const deeds: GridDeeds = {
    shape,
    choice,
    active,
    count: now.current.items.length,
    someSelected: now.current.selected.size > 0,
    keys: () => now.current.items.map(now.current.keyOf),
    open: (key) => {
      const { items, keyOf, onaction } = now.current
      const item = items.find((one) => keyOf(one) === key)
      if (item !== undefined) onaction(item)
    },
    goTo
  }
  const onFocus = (event: FocusEvent<HTMLDivElement>): void => {
    const row = rowAround(event.target)
    if (row === null || !event.currentTarget.contains(row)) return
    within.current = true
    setActiveKey(row.dataset.key ?? null)
  }
  const onBlur = ({ relatedTarget, currentTarget }: FocusEvent<HTMLDivElement>): void => {
    // What is taken out of the page loses the focus to nothing; only what is gone to is left for
    if (relatedTarget !== null) within.current = currentTarget.contains(relatedTarget)
  }
  return {
    active,
    handlers: {
      onKeyDown: onKeyDown(deeds),
      onClick: onClick(deeds),
      onContextMenu: onContextMenu(deeds),
      onFocus,
      onBlur
    }
  }
}

/** The row that the Tab key leads to; what takes its place when it goes; and how to go to another. */
function useActive<T>({ place, now, shape }: Omit<GridKeys<T>, 'choice'>) {
  const [activeKey, setActiveKey] = useState<string | null>(null)
  const last = useRef(0)
  const wanted = useRef<string | null>(null)
  const within = useRef(false)
  const { items, keyOf } = now.current
  const found = activeKey === null ? -1 : items.findIndex((item) => keyOf(item) === activeKey)
  const active = found >= 0 ? found : Math.min(last.current, items.length - 1)

  useLayoutEffect(() => {
    if (found >= 0) last.current = found
    const item = items[active]
    const lost = within.current && document.activeElement === document.body
    if (found < 0 && lost && item !== undefined) wanted.current = keyOf(item)
    if (wanted.current !== null && focusRow(place.current, wanted.current)) wanted.current = null
  })

  const goTo = (index: number): string | null => {
    const item = now.current.items[index]
    if (item === undefined || place.current === null) return null
    const key = now.current.keyOf(item)
    bringIntoSight(place.current, shape, index)
    setActiveKey(key)
    // One that is far away is there after it was drawn
    if (!focusRow(place.current, key)) wanted.current = key
    return key
  }
  return { active, within, goTo, setActiveKey }
}

function focusRow(place: HTMLElement | null, key: string): boolean {
  const row = place?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
  row?.focus({ preventScroll: true })
  return row !== null && row !== undefined
}

function bringIntoSight(place: HTMLElement, shape: Shape, index: number): void {
  const { y } = placeOf(shape, index)
  const { scrollTop, clientHeight } = place
  if (y < scrollTop) place.scrollTop = y
  else if (y + shape.height > scrollTop + clientHeight) {
    place.scrollTop = y + shape.height - clientHeight
  }
}
