import type { Value } from '../session/store.ts'

/**
 * Gives the focus back to what had it before dialogs opened. Each dialog does so by itself, but of
 * two that follow one another the second knows only the first, which is gone by then.
 */
export function returnFocus(dialog: Value<object | null>): void {
  let open = false
  let from: Element | null = null
  dialog.subscribe(() => {
    const wasOpen = open
    open = dialog.get() !== null
    if (open && !wasOpen) from = document.activeElement
    if (open || !wasOpen) return
    // The dialog's own way takes a frame; where it led anywhere, that is the place
    requestAnimationFrame(() => requestAnimationFrame(() => settle(dialog, from)))
  })
}

function settle(dialog: Value<object | null>, from: Element | null): void {
  const lost = document.activeElement === null || document.activeElement === document.body
  if (dialog.get() !== null || !lost) return
  if (from instanceof HTMLElement && from.isConnected) from.focus({ preventScroll: true })
  else focusPlace()
}

/** Where what had the focus is no more: the tab of the open group, from where the keys go on. */
export function focusPlace(): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return
  const tab = document.querySelector<HTMLElement>('.group [role=tab][aria-selected=true]')
  tab?.focus({ preventScroll: true })
}
