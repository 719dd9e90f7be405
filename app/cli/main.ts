/** The command line: one command, one session with the worker of this computer. */
import process from 'bare-process'

import { exitWith } from '../../protocol/exit.ts'
import { run } from './run.ts'

await exitWith(await run(process.argv.slice(2)), process)
