/** Bare's own global, as far as we use it; `Pear` is there under Pear v2 alone. */
declare namespace Bare {
  const argv: string[]
  const versions: Readonly<Record<string, string>>
  const IPC: import('streamx').Duplex | undefined
  function on(event: string, listener: (...args: any[]) => void): void
  function exit(code?: number): never
}

declare var Pear: PearGlobal | undefined

interface PearGlobal {
  readonly config?: Pick<import('pear-interface').PearConfig, 'args' | 'storage' | 'dev'>
  /** Runs before the app ends, and is waited for; lower positions go first (default 0). */
  teardown(fn: () => unknown, position?: number): void
  /** Told of newer versions, of the app (`app`) and of Pear itself. */
  updates(
    listener: (update: { app?: boolean; updating?: boolean; updated?: boolean }) => void
  ): import('streamx').Readable
  restart(options?: { platform?: boolean }): Promise<void>
  exit(code?: number): void
}
