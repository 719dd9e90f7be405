import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react'

/** How far beyond the sight things are drawn, in pixels */
const AROUND = '1600px 0px'

interface FarProps {
  scroller: RefObject<HTMLElement | null>
  /** Whether it is drawn wherever it is */
  wanted: boolean
  label: string
  children: () => ReactNode
}

/** Draws what is in sight or near it; elsewhere it keeps the room that it took. */
export function Far({ scroller, wanted, label, children }: FarProps) {
  const place = useRef<HTMLOListElement>(null)
  const [height, setHeight] = useState<number | null>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry === undefined) return
        // Its room is taken at the last moment, for pictures and open words change it
        setHeight(entry.isIntersecting ? null : entry.boundingClientRect.height)
      },
      { root: scroller.current, rootMargin: AROUND }
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller])
  const away = height !== null && !wanted
  return (
    <ol ref={place} aria-label={label} style={away ? { height } : undefined}>
      {away ? null : children()}
    </ol>
  )
}
