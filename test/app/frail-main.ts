/** The shipped shell's main with the worker that can be made to crash, to be run as a process. */
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import { exitWith } from '../../protocol/exit.ts'
import { run } from '../../app/shells/browser/run.ts'

const worker = new URL('./frail-worker.js', import.meta.url)
const page = fileURLToPath(new URL('../../ui', import.meta.url).href)
await exitWith(await run(process.argv.slice(2), worker, page), process)
