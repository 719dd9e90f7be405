import { useCallback, useRef, useState, type RefObject } from 'react'

interface Opened<T> {
  button: RefObject<T | null>
  isOpen: boolean
  open: () => void
  /** Closes it, and gives the button the focus back */
  close: () => void
}

/** What a plain button opens. */
export function useOpenedBy<T extends HTMLElement>(): Opened<T> {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<T>(null)
  const open = useCallback(() => setOpen(true), [])
  const close = useCallback(() => {
    // Before what had it goes: whatever opens next remembers where the focus was
    button.current?.focus({ preventScroll: true })
    setOpen(false)
  }, [])
  return { button, isOpen, open, close }
}
