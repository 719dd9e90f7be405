import type Hyperdrive from 'hyperdrive'
import { isFolder, parsePath } from './entry-value.ts'

/** One file of the own drive that came, went, or got other facts. */
export interface DriveChange {
  relayKey: string
  hash: string
  change: 'added' | 'removed' | 'updated'
}

export interface DriveWatch {
  /** The version up to which all changes were told. */
  readonly told: number
  close(): Promise<void>
}

/**
 * Tells what differs in the drive since the last time, once for many writes.
 *
 * Hyperdrive's own watcher keeps a snapshot of the store open between two changes,
 * and what was cleared meanwhile then stays on the disk however often it is compacted.
 * This one looks when a block was appended, and keeps nothing open.
 *
 * @param since a version from before; what came since then, while nobody watched, is told first
 */
export function watchDrive(
  drive: Hyperdrive,
  since: number,
  on: {
    onchange: (changes: DriveChange[]) => void
    /** Entries came that are no files of a relay: somebody else has our key. */
    onforeign: (entries: number) => void
    onerror: (err: unknown) => void
  }
): DriveWatch {
  const { core } = drive
  let seen = Math.min(since, drive.version)
  let isStale = false
  let closing = false
  let telling: Promise<void> | null = null
  core.on('append', look)
  core.on('truncate', look)
  if (seen < drive.version) look()

  function look(): void {
    isStale = true
    telling ??= follow().finally(() => (telling = null))
  }

  async function follow(): Promise<void> {
    while (isStale && !closing) {
      isStale = false
      try {
        await tell()
      } catch (err) {
        // One that could not be told is told with the next: `seen` has not moved.
        if (!closing && !drive.closing) on.onerror(err)
      }
    }
  }

  async function tell(): Promise<void> {
    const { version } = drive
    if (version <= seen) return
    const changes: DriveChange[] = []
    let foreign = 0
    for await (const { left, right } of drive.diff(seen, '/')) {
      const path = parsePath((left ?? right)?.key ?? '')
      if (path === null) {
        if (left !== null && !isFolder(left.key)) foreign++
        continue
      }
      const change = left === null ? 'removed' : right === null ? 'added' : 'updated'
      changes.push({ ...path, change })
    }
    if (changes.length > 0 && !closing) on.onchange(changes)
    if (foreign > 0) on.onforeign(foreign)
    seen = version
  }

  return {
    get told() {
      return seen
    },
    async close() {
      closing = true
      core.off('append', look)
      core.off('truncate', look)
      await telling
    }
  }
}
