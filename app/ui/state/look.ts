import type { Theme } from '../session/host.ts'

const KEY = 'hypertuna.theme'

/** Puts a theme on the page. It is kept here too, so that the next start does not flash. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  localStorage.setItem(KEY, theme)
}

/** Puts on the theme of the last time, before the shell has answered. */
export function applyLastTheme(): void {
  const theme = localStorage.getItem(KEY)
  if (theme === 'light' || theme === 'dark') applyTheme(theme)
}
