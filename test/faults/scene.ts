/** What every scene of faults is given, and what it says. */
import b4a from 'b4a'
import { mkdtemp, rm } from 'bare-fs/promises'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'

import type { TestContext } from '../worker/member.ts'

export interface SceneOptions {
  /** How often; each scene says what one round is. */
  rounds: number
  /** Decides everything that is left to chance. */
  seed: number
  /** Told how far it is. */
  progress(text: string): void
}

/** What a scene found. Anything in `failures` is a fault of ours. */
export interface Outcome {
  failures: string[]
  /** Why it was not run; null when it was. */
  skipped: string | null
  /** Counts and figures for the summary. */
  figures: Record<string, number>
}

export type Scene = (options: SceneOptions) => Promise<Outcome>

/** Numbers from 0 to 1 that are the same for the same seed. */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number below `below`. */
export const below = (next: () => number, below: number): number => Math.floor(next() * below)

/** Runs a scene with folders of its own, and closes what it opened in reverse. */
export async function staged<T>(play: (context: TestContext) => Promise<T>): Promise<T> {
  const undo: { order: number; fn: () => unknown }[] = []
  const context: TestContext = {
    teardown: (fn, { order = 0 } = {}) => void undo.unshift({ order, fn }),
    async tmp() {
      const dir = await mkdtemp(join(tmpdir(), 'hypertuna-faults-'))
      context.teardown(() => rm(dir, { recursive: true, force: true }), { order: 1000 })
      return dir
    }
  }
  try {
    return await play(context)
  } finally {
    for (const { fn } of undo.sort((a, b) => a.order - b.order)) await fn()
  }
}

/** Waits for `work`, and says what it was that did not come. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms / 1000} s`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export const short = (hash: string): string => hash.slice(0, 8)

export const hexOf = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')
