import type { RpcClient } from '../../../protocol/rpc/client.ts'
import type { ShellEvent } from '../../shells/calls.ts'

export type Theme = 'system' | 'light' | 'dark'

/** What the shell keeps for the interface; the shell may keep more beside it. */
export interface UserConfig {
  displayName: string
  theme: Theme
}

/** `refused`: the page must be opened by the app. `absent`: nothing answers. */
export type Admission = 'admitted' | 'refused' | 'absent'

/** Paths on this computer, which the worker reads itself. */
export interface Paths {
  /** Of a file that was dropped or chosen; null when it has none. */
  of(file: File): string | null
  chooseFiles(): Promise<string[]>
  chooseFolder(): Promise<string | null>
}

/** What stands between the interface and its shell: a page in a browser, or a window of ours. */
export interface Host {
  admit(): Promise<Admission>
  readConfig(): Promise<UserConfig>
  writeConfig(change: Partial<UserConfig>): Promise<UserConfig>
  /** Opens one session with the worker. */
  connect(): Promise<RpcClient>
  /** Null where pages know no paths. */
  readonly paths: Paths | null
  /** What the shell says unasked: a newer version, a link that was opened. */
  onevent(listener: (event: ShellEvent) => void): void
  /** Into the newer version, once no transfer is under way. */
  restart(): Promise<void>
}
