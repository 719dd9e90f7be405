import fs from 'bare-fs/promises'
import type { Log } from './log.ts'

const EVERY = 2_000

/**
 * Calls `onchange` when one of some files has changed, looked at every two seconds:
 * certificates are renewed by renaming, which not every watcher sees. A change that
 * cannot be used is logged and tried again with the next one.
 *
 * @returns how to stop
 */
export function watchFiles(
  paths: readonly string[],
  onchange: () => Promise<void>,
  { log, every = EVERY }: { log: Log; every?: number }
): () => void {
  let known = stamps(paths)
  let looking = false
  const look = async (): Promise<void> => {
    const [before, now] = [await known, await stamps(paths)]
    if (before === now) return
    known = Promise.resolve(now)
    try {
      await onchange()
    } catch (err) {
      log('not read again', { paths: paths.join(', '), error: err })
    }
  }
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look().finally(() => (looking = false))
  }, every)
  return () => clearInterval(timer)
}

async function stamps(paths: readonly string[]): Promise<string> {
  const all = await Promise.all(
    paths.map(async (path) => {
      try {
        const { mtimeMs, size, ino } = await fs.stat(path)
        return `${mtimeMs}/${size}/${ino}`
      } catch {
        return 'missing' // it may be about to come back
      }
    })
  )
  return all.join(' ')
}
