import { useRef, useState, type RefObject } from 'react'
import { flushSync } from 'react-dom'
import { useEscape } from './escape.ts'

interface Opened<T> {
  button: RefObject<T | null>
  isOpen: boolean
  open: () => void
  close: () => void
}

/**
 * What a plain button opens. The page around it cannot have the focus while it is open, and what
 * opens takes it a moment later: so the way back, and Escape till then, are seen to here.
 */
export function useOpenedBy<T extends HTMLElement>(): Opened<T> {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<T>(null)
  const giveBack = () => {
    if (document.activeElement === document.body) button.current?.focus()
  }
  const close = () => {
    setOpen(false)
    requestAnimationFrame(giveBack)
  }
  useEscape(isOpen, () => {
    flushSync(() => setOpen(false))
    giveBack()
  })
  return { button, isOpen, open: () => setOpen(true), close }
}
