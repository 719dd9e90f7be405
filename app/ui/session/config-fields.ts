import type { Theme, UserConfig } from './host.ts'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']

/** What a shell said of the settings, or the defaults of what it did not say. */
export function readConfigFields(answer: unknown): UserConfig {
  const { displayName, theme } = (answer ?? {}) as Record<string, unknown>
  return {
    displayName: typeof displayName === 'string' ? displayName : '',
    theme: THEMES.find((known) => known === theme) ?? 'system'
  }
}
