import type Worker from 'bare-worker'

/** The first Bare in which bare-worker can be loaded: 1.27 ends the whole process. */
const SINCE = [1, 28] as const

/** Whether this Bare has threads: the one of pear-runtime's sidecar has none for us. */
export function hasThreads(): boolean {
  const [major = 0, minor = 0] = (Bare.versions.bare ?? '').split('.').map(Number)
  return major > SINCE[0] || (major === SINCE[0] && minor >= SINCE[1])
}

/** bare-worker, loaded when it is wanted. Ask `hasThreads` first. */
export async function threads(): Promise<typeof Worker> {
  return (await import('bare-worker')).default
}
