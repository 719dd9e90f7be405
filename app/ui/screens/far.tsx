import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react'

/** How far beyond the sight things are drawn, in pixels */
const AROUND = '1200px 0px'

type Seen = (entry: IntersectionObserverEntry) => void

/** Tells parts of a scroller when they come near, and when they go; one observer for all. */
export interface Sight {
  watch(element: Element, seen: Seen): () => void
}

/** The sight of a scroller. Parts may be watched from their first effect on. */
export function useSight(scroller: RefObject<HTMLElement | null>): Sight {
  const [sight] = useState(() => sightOf(scroller))
  useEffect(() => () => sight.stop(), [sight])
  return sight
}

function sightOf(scroller: RefObject<HTMLElement | null>): Sight & { stop(): void } {
  const parts = new Map<Element, Seen>()
  let observer: IntersectionObserver | null = null
  const tell = (entries: IntersectionObserverEntry[]): void => {
    for (const entry of entries) parts.get(entry.target)?.(entry)
  }
  /** Of another scroller nothing would ever be said to be in sight, and so nothing be drawn. */
  const observing = (): IntersectionObserver => {
    const root = scroller.current
    if (observer?.root === root) return observer
    observer?.disconnect()
    observer = new IntersectionObserver(tell, { root, rootMargin: AROUND })
    for (const part of parts.keys()) observer.observe(part)
    return observer
  }
  return {
    watch(element, seen) {
      parts.set(element, seen)
      observing().observe(element)
      return () => {
        parts.delete(element)
        observer?.unobserve(element)
      }
    },
    stop() {
      observer?.disconnect()
      observer = null
    }
  }
}

interface FarProps {
  sight: Sight
  /** The room to keep, in pixels, until it was drawn once; null for what is in sight at first */
  room: number | null
  /** Whether it is drawn wherever it is */
  wanted: boolean
  label: string
  children: () => ReactNode
}

/** Draws what is in sight or near it; elsewhere it keeps the room that it took. */
export function Far({ sight, room, wanted, label, children }: FarProps) {
  const place = useRef<HTMLOListElement>(null)
  const [height, setHeight] = useState(room)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    // Its room is taken at the last moment, for pictures and open words change it
    return sight.watch(element, ({ isIntersecting, boundingClientRect }) =>
      setHeight(isIntersecting ? null : boundingClientRect.height)
    )
  }, [sight])
  const away = height !== null && !wanted
  return (
    <ol ref={place} aria-label={label} style={away ? { height } : undefined}>
      {away ? null : children()}
    </ol>
  )
}
