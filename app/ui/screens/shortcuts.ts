import { useEffect } from 'react'
import type { App } from '../state/app.ts'
import { relayListFeed } from '../state/feeds.ts'
import { VIEWS } from '../state/route.ts'

/** The name of the key that commands begin with here */
export const MODIFIER = /Mac|iP(?:hone|ad)/.test(navigator.platform) ? '⌘' : 'Ctrl'

/** What is pressed, as it is written. */
export const KEYS = {
  palette: `${MODIFIER} K`,
  sheet: '?',
  write: 'M',
  add: 'U',
  search: '/',
  preview: 'Enter',
  remove: 'Del',
  undo: `${MODIFIER} Z`,
  tabs: '1 2 3',
  groups: 'Alt ↑ ↓'
}

/** Keys that work wherever nothing is being written and no dialog is open. */
export function useShortcuts(app: App): void {
  useEffect(() => {
    const onkey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const run = found(app, event)
      if (run === null) return
      event.preventDefault()
      run()
    }
    addEventListener('keydown', onkey)
    return () => removeEventListener('keydown', onkey)
  }, [app])
}

function found(app: App, event: KeyboardEvent): (() => void) | null {
  const { key, altKey, ctrlKey, metaKey } = event
  if (!app.config.get()?.displayName) return null
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === 'k') {
    const open = app.dialog.get()
    if (open?.kind === 'palette') return () => app.closeDialog()
    return open === null ? () => app.dialog.set({ kind: 'palette' }) : null
  }
  if (app.dialog.get() !== null || isWriting(event.target)) return null
  if (ctrlKey || metaKey) return key.toLowerCase() === 'z' && !altKey ? undo(app) : null
  const { relayKey } = app.router.route.get()
  if (altKey) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[key]
    return step === undefined ? null : () => besides(app, step)
  }
  if (key === '?') return () => app.dialog.set({ kind: 'keys' })
  if (relayKey === null) return null
  if (key.toLowerCase() === 'm') return () => app.write(relayKey)
  if (key.toLowerCase() === 'u') return chooseFiles
  const view = VIEWS[Number(key) - 1]
  return view === undefined ? null : () => app.router.go(relayKey, view)
}

/** What the last notice offers to take back, as its button does. */
function undo(app: App): (() => void) | null {
  return app.notices.current.get()?.action?.run ?? null
}

/** Opens the choice of files, as the button for it does. */
export function chooseFiles(): void {
  document.querySelector<HTMLInputElement>('.group input[type=file]')?.click()
}

/** Goes to the group before or after the open one. */
function besides(app: App, step: number): void {
  const { relays } = relayListFeed(app.session).get().value
  const at = relays.findIndex(({ relayKey }) => relayKey === app.router.route.get().relayKey)
  const next = relays.at((at + step + relays.length) % Math.max(1, relays.length))
  if (next) app.router.go(next.relayKey)
}

/** Where a letter is a letter, and where a menu or a list searches by it. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.closest('input, textarea, select, [contenteditable], [role=menu]') !== null
}
