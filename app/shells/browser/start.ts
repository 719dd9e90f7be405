/** The shell's own part of `npm start`, once the worker's thread is on its way. */
import process from 'bare-process'
import { exitWith } from '../../../protocol/exit.ts'
import { outliveReaders } from '../../../protocol/outlive-readers.ts'
import type { Launched } from '../kept-worker.ts'
import { run } from './run.ts'

export interface Start {
  readonly argv: string[]
  /** The worker's compiled main file. */
  readonly worker: URL
  /** The built interface. */
  readonly page: string
  /** The worker that was started for these arguments; null when none was. */
  readonly started: Launched | null
}

/** Runs the app, and ends the process with it. */
export async function start({ argv, worker, page, started }: Start): Promise<never> {
  outliveReaders(process)
  return exitWith(await run(argv, worker, page, started), process)
}
