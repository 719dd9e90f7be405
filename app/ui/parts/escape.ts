import { useLayoutEffect } from 'react'

/**
 * Escape closes what is open also while nothing has the focus. A button that goes away or cannot
 * be pressed any more loses it, and the dialog around it would not hear the key.
 */
export function useEscape(open: boolean, onclose: () => void): void {
  useLayoutEffect(() => {
    if (!open) return
    const onkey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return
      if (event.target === document.body) onclose()
    }
    addEventListener('keydown', onkey)
    return () => removeEventListener('keydown', onkey)
  }, [open, onclose])
}
