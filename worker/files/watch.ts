import type Hyperdrive from 'hyperdrive'
import { parsePath } from './entry-value.ts'

/** One file of the own drive that came, went, or got other facts. */
export interface DriveChange {
  relayKey: string
  hash: string
  change: 'added' | 'removed' | 'updated'
}

export interface DriveWatch {
  close(): Promise<void>
}

/**
 * Watches the whole drive with one watcher, because each one costs every write, and
 * tells what differs since the last time: the watcher itself only says that
 * something did, and says it once for many changes.
 */
export function watchDrive(
  drive: Hyperdrive,
  on: { onchange: (changes: DriveChange[]) => void; onerror: (err: unknown) => void }
): DriveWatch {
  const watcher = drive.watch('/')
  let seen = drive.version
  const done = follow()

  async function follow(): Promise<void> {
    for await (const [current] of watcher) {
      try {
        await tell(current)
      } catch (err) {
        // One that could not be told is told with the next: `seen` has not moved.
        if (!drive.closing) on.onerror(err)
      }
    }
  }

  async function tell(current: Hyperdrive): Promise<void> {
    const { version } = current
    if (version <= seen) return
    const changes: DriveChange[] = []
    for await (const { left, right } of current.diff(seen, '/')) {
      const path = parsePath((left ?? right)?.key ?? '')
      if (path === null) continue
      const change = left === null ? 'removed' : right === null ? 'added' : 'updated'
      changes.push({ ...path, change })
    }
    seen = version
    if (changes.length > 0) on.onchange(changes)
  }

  return {
    async close() {
      await watcher.destroy()
      await done
    }
  }
}
