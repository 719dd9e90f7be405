import fs from 'bare-fs'

/** Resident bytes of another process; 0 where the system does not say. */
export function residentBytes(pid: number): number {
  try {
    const status = String(fs.readFileSync(`/proc/${pid}/status`))
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
  } catch (err) {
    if ((err as { code?: string }).code === 'ENOENT') return 0
    throw err
  }
}

/** Looks at processes ten times a second. @returns the most that each had, once stopped */
export function watchResident(pids: number[]): () => number[] {
  const most = pids.map(() => 0)
  const look = (): void => {
    for (const [i, pid] of pids.entries()) most[i] = Math.max(most[i]!, residentBytes(pid))
  }
  look()
  const timer = setInterval(look, 100)
  return () => {
    look()
    clearInterval(timer)
    return most
  }
}

/** Looks at a process ten times a second. @returns bytes over what it has now, at most, once stopped */
export function watchOverIdle(pid: number): () => number {
  const idle = residentBytes(pid)
  const stop = watchResident([pid])
  return () => (stop()[0] ?? NaN) - idle
}
