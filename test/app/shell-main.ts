/** The shipped shell's main with the small worker, to be run as a process. */
import process from 'bare-process'
import { exitWith } from '../../protocol/exit.ts'
import { run } from '../../app/shells/browser/run.ts'

const worker = new URL('./small-worker.js', import.meta.url)
await exitWith(await run(process.argv.slice(2), worker, process.cwd()), process)
