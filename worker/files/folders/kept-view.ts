/** What a kept folder says of itself after a look. */
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Signal } from '../../../protocol/file-channel/channel.ts'
import type { Skipped } from './local-folder.ts'
import type { Pass } from './pass.ts'

export type KeptState = 'working' | 'in-step' | 'waiting' | 'paused'

/** What a kept folder says of itself. */
export interface KeptView {
  state: KeptState
  /** Files in the folder that are in step. */
  files: number
  /** Files of the group that are not on this device yet. */
  missing: number
  problem: HypertunaError | null
  skipped: Skipped[]
  leftOut: number
}

export function viewOf(pass: Pass): KeptView {
  const { missing, held, again, skips, rows } = pass
  let files = 0
  for (const { absent } of rows.values()) if (!absent) files++
  const problem = held === null ? null : new HypertunaError('NOT_ALLOWED', held)
  let state: KeptState = missing > 0 || again ? 'waiting' : 'in-step'
  if (problem !== null) state = 'paused'
  return { state, files, missing, problem, ...skips.told() }
}

/** Every folder that has a file, and those between it and the top. */
export function foldersOf({ files, rows }: Pass): Set<string> {
  const folders = new Set<string>()
  for (const path of [...files.keys(), ...rows.keys()]) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

export function eitherOf(a: Signal, b: Signal): Signal {
  return {
    get aborted() {
      return a.aborted || b.aborted
    },
    addEventListener(type, listener, options) {
      a.addEventListener(type, listener, options)
      b.addEventListener(type, listener, options)
    },
    removeEventListener(type, listener) {
      a.removeEventListener(type, listener)
      b.removeEventListener(type, listener)
    }
  }
}
