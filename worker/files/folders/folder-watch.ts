/** Tells when something in a folder moves, as far as the system does; who needs to know scans too. */
import { watch } from 'bare-fs'
import type { Watcher } from 'bare-fs'
import { join } from 'bare-path'
import { platform } from 'bare-os'

/** Folders that are watched one by one, where a watch does not reach below: each costs the system. */
const MOST = 512

export class FolderWatch {
  readonly #root: string
  readonly #onchange: () => void
  readonly #watchers = new Map<string, Watcher>()
  readonly #recursive = platform() !== 'linux'
  #closed = false

  constructor(root: string, onchange: () => void) {
    this.#root = root
    this.#onchange = onchange
  }

  /**
   * Watches these folders from now on, and no others.
   * @param folders below the root, with `/` between their parts; the root is watched too
   */
  follow(folders: Iterable<string>): void {
    if (this.#closed) return // a pass that was under way looked later
    const wanted = new Set([''])
    if (!this.#recursive) {
      for (const folder of folders) {
        if (wanted.size >= MOST) break
        wanted.add(folder)
      }
    }
    for (const folder of [...this.#watchers.keys()]) if (!wanted.has(folder)) this.#drop(folder)
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#watch(folder)
  }

  close(): void {
    this.#closed = true
    for (const folder of [...this.#watchers.keys()]) this.#drop(folder)
  }

  #watch(folder: string): void {
    try {
      const options = { recursive: this.#recursive }
      const watcher = watch(join(this.#root, folder), options, () => this.#onchange())
      // One that ends, because its folder went or there are too many, leaves it to the scans.
      watcher.on('error', () => this.#drop(folder))
      this.#watchers.set(folder, watcher)
    } catch {
      // As above: there is nothing to watch, or no room for another watch.
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
  }
}
