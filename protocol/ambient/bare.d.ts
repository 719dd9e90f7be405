/** Bare's own global, as far as we use it; `Pear` is there under Pear v2 alone. */
declare namespace Bare {
  const argv: string[]
  const versions: Readonly<Record<string, string>>
  const IPC: import('streamx').Duplex | undefined
  function on(event: string, listener: (...args: any[]) => void): void
  function exit(code?: number): never
}

declare var Pear: { config?: Pick<import('pear-interface').PearConfig, 'args'> } | undefined
