/** What one command of the command line is made of. */
import type { Face } from '../face.ts'
import type { Output } from './output.ts'

/** How something is written, and what it is for. */
export type Described = readonly [spec: string, description: string]

/** What was asked for, and the means to do it. */
export interface Call {
  args: Record<string, string | undefined>
  flags: Record<string, string | boolean | undefined>
  /** The words after the arguments. */
  rest: string[]
  /** Where the worker keeps everything; absolute. */
  storage: string
  out: Output
  /** A session with the worker that runs there; ended when the command is. @throws CLOSED */
  face(): Promise<Face>
  /** Settles when somebody wants it to end. */
  interrupted: Promise<void>
  /**
   * What is done when somebody wants it to end before it is done. Says how far it came,
   * or nothing.
   */
  onstop(stop: () => Promise<string | void>): void
}

export interface Verb {
  /** One word, or two for one of a kind: `relay create`. */
  name: string
  summary: string
  /** Paragraphs for the help and the manual. */
  description?: string
  args?: readonly Described[]
  /** Words after the arguments: `[...paths]`. */
  rest?: Described
  flags?: readonly Described[]
  /** Whether there is something to do while the key is locked. */
  whileLocked?: true
  /** @throws HypertunaError */
  run(call: Call): Promise<void>
}

/** What every command takes. */
export const COMMON: readonly Described[] = [
  ['--storage|-s [dir]', 'where the worker keeps everything (default ~/.hypertuna)'],
  ['--json', 'print JSON for scripts, and no progress']
]
