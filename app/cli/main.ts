/** The command line: one command, one session with the worker of this computer. */
import process from 'bare-process'

import { exitWith } from '../../protocol/exit.ts'
import { outliveReaders } from '../../protocol/outlive-readers.ts'
import { run } from './run.ts'

outliveReaders(process)
await exitWith(await run(process.argv.slice(2)), process)
