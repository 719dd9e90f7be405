import type { RpcClient } from '../../../protocol/rpc/client.ts'

export type Theme = 'system' | 'light' | 'dark'

/** What the shell keeps for the interface; the shell may keep more beside it. */
export interface UserConfig {
  displayName: string
  theme: Theme
}

/** `refused`: the page must be opened by the app. `absent`: nothing answers. */
export type Admission = 'admitted' | 'refused' | 'absent'

/** What stands between the interface and its shell: a browser page today, a window tomorrow. */
export interface Host {
  admit(): Promise<Admission>
  readConfig(): Promise<UserConfig>
  writeConfig(change: Partial<UserConfig>): Promise<UserConfig>
  /** Opens one session with the worker. */
  connect(): Promise<RpcClient>
}
