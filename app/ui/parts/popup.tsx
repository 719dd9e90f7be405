import {
  useEffect,
  useLayoutEffect,
  useRef,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type RefObject
} from 'react'
import { useEscape } from './escape.ts'

/** Between what was pressed and what opens, and around it to the window's edge, in pixels */
const GAP = 4
const EDGE = 8

interface PopupProps {
  /** What it belongs to, and stands beside */
  button: RefObject<HTMLElement | null>
  /** Where there is room on both sides */
  side?: 'below' | 'above'
  className?: string
  onclose: () => void
  children: ReactNode
}

/**
 * What opens above the page at a button. It is in the browser's top layer, so nothing around it
 * is drawn, measured or hidden anew for it: among ten thousand rows it opens as fast as among
 * ten. A press beside it, Escape and another size of the window close it.
 */
export function Popup({ button, side = 'below', className, onclose, children }: PopupProps) {
  const place = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const { current } = place
    if (current === null || button.current === null) return
    current.showPopover()
    put(current, button.current.getBoundingClientRect(), side)
  }, [button, side])
  useEffect(() => {
    addEventListener('resize', onclose)
    return () => removeEventListener('resize', onclose)
  }, [onclose])
  useEscape(true, onclose)
  const onkey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return
    event.preventDefault()
    onclose()
  }
  // What is under it is no part of what was pressed, though it is around it
  const onclick = (event: MouseEvent) => {
    event.stopPropagation()
    if (event.target === place.current) onclose()
  }
  return (
    <div
      ref={place}
      popover='manual'
      className={className === undefined ? 'popover popup' : `popover popup ${className}`}
      onKeyDown={onkey}
      onClick={onclick}
      onContextMenu={onclick}
    >
      {children}
    </div>
  )
}

/** Puts it at the button's end, on the side where it has room. */
function put(popup: HTMLElement, at: DOMRect, side: 'below' | 'above'): void {
  const { offsetWidth: width, offsetHeight: height } = popup
  const below = innerHeight - at.bottom - GAP - EDGE
  const above = at.top - GAP - EDGE
  const up = side === 'above' ? above >= height || above > below : below < height && above > below
  const left = Math.max(EDGE, Math.min(at.right - width, innerWidth - width - EDGE))
  const { style } = popup
  style.left = `${left}px`
  style.maxHeight = `${up ? above : below}px`
  if (up) style.bottom = `${innerHeight - at.top + GAP}px`
  else style.top = `${at.bottom + GAP}px`
}
