import type { UserConfig } from './user-config.ts'

/** The settings, for a page that has no HTTP to ask for them. */
export function userConfigCalls(userConfig: UserConfig): {
  'read-config'(): Promise<unknown>
  'write-config'(change: unknown): Promise<unknown>
} {
  return {
    'read-config': () => userConfig.read(),
    'write-config': (change) => userConfig.update(change, { byPage: true })
  }
}
