import { memo, useEffect, useRef, useState, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { GridChoice } from './grid-choice.ts'
import { heightOf, placeOf, windowOf, type Shape } from './grid-shape.ts'
import { useGridKeys } from './use-grid-keys.ts'

export interface GridProps<T> {
  label: string
  className: string
  items: readonly T[]
  keyOf: (item: T) => string
  nameOf: (item: T) => string
  /** The class of an item's row */
  classOf: (item: T) => string
  shapeOf: (width: number) => Shape
  selected: ReadonlySet<string>
  onselect: (keys: ReadonlySet<string>) => void
  onaction: (item: T) => void
  /**
   * Draws what is in a row; the same function as long as it draws the same, for then only the
   * rows that changed are drawn again.
   * @param reach the tabindex of what can be pressed in it
   */
  children: (item: T, selected: boolean, reach: number) => ReactNode
}

interface Sight {
  top: number
  width: number
  height: number
}

/**
 * A list of thousands, of which only what is in sight or near it is in the page, with one place
 * for the Tab key: arrows go on from there. React Aria's list would do the same, but makes an
 * element of each item before it shows any, which takes seconds for ten thousand.
 */
export function Grid<T>(props: GridProps<T>) {
  const { items, keyOf, nameOf, classOf, shapeOf, selected, children } = props
  const place = useRef<HTMLDivElement>(null)
  const sight = useSightOf(place)
  const shape = shapeOf(sight.width)
  const now = useRef(props)
  now.current = props
  const [choice] = useState(
    () =>
      new GridChoice(
        () => now.current.selected,
        (keys) => now.current.onselect(keys)
      )
  )
  const { active, handlers } = useGridKeys({ place, now, shape, choice })
  const [from, to] = windowOf(shape, items.length, sight)
  const drawn = Array.from({ length: to - from }, (_, i) => from + i)
  // The one that the Tab key leads to is there wherever one has scrolled to
  if (active >= 0 && active < from) drawn.unshift(active)
  if (active >= to && active < items.length) drawn.push(active)
  return (
    <div
      ref={place}
      className={props.className}
      role='grid'
      aria-label={props.label}
      aria-rowcount={items.length}
      aria-multiselectable
      data-some={selected.size > 0 || undefined}
      {...handlers}
    >
      <div
        role='presentation'
        className='grid-room'
        style={{ height: heightOf(shape, items.length) }}
      >
        {drawn.map((index) => {
          const item = items[index] as T
          const key = keyOf(item)
          const { x, y } = placeOf(shape, index)
          return (
            <Row<T>
              key={key}
              id={key}
              item={item}
              nameOf={nameOf}
              classOf={classOf}
              index={index}
              x={x}
              y={y}
              width={shape.width}
              height={shape.height}
              selected={selected.has(key)}
              reach={index === active ? 0 : -1}
              draw={children}
            />
          )
        })}
      </div>
    </div>
  )
}

interface RowProps<T> extends Pick<GridProps<T>, 'nameOf' | 'classOf'> {
  id: string
  item: T
  index: number
  x: number
  y: number
  width: number
  height: number
  selected: boolean
  reach: number
  draw: GridProps<T>['children']
}

const Row = memo(function Row<T>(props: RowProps<T>) {
  const { id, item, index, x, y, width, height, selected, reach, draw } = props
  return (
    <div
      role='row'
      className={props.classOf(item)}
      data-key={id}
      data-selected={selected || undefined}
      aria-label={props.nameOf(item)}
      aria-selected={selected}
      aria-rowindex={index + 1}
      tabIndex={reach}
      style={{ left: x, top: y, width, height }}
    >
      <div role='gridcell' className='grid-cell'>
        {draw(item, selected, reach)}
      </div>
    </div>
  )
}) as <T>(props: RowProps<T>) => ReactNode

/** What of an element is seen; told only when other rows come into the page by it. */
function useSightOf(place: React.RefObject<HTMLDivElement | null>): Sight {
  const [sight, setSight] = useState<Sight>({ top: 0, width: 800, height: 800 })
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const look = (): void => {
      const { scrollTop, clientHeight: height } = element
      const width = element.firstElementChild?.clientWidth ?? element.clientWidth
      const top = Math.floor(scrollTop / SCROLLED) * SCROLLED
      setSight((known) =>
        known.top === top && known.width === width && known.height === height
          ? known
          : { top, width, height }
      )
    }
    const onscroll = (): void => flushSync(look)
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', onscroll, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', onscroll)
    }
  }, [place])
  return sight
}

/** Rows beyond the sight outlast this way, in pixels */
const SCROLLED = 168
