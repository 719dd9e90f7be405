/**
 * `npm start`: the app as a page in the browser, with the worker in a thread.
 *
 * The worker is another house: it is started by its path, here and nowhere else,
 * and never imported.
 */
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import { exitWith } from '../../../protocol/exit.ts'
import { outliveReaders } from '../../../protocol/outlive-readers.ts'
import { run } from './run.ts'

const worker = new URL('../../../worker/main.js', import.meta.url)
const page = fileURLToPath(new URL('../../../ui', import.meta.url).href)

outliveReaders(process)
await exitWith(await run(process.argv.slice(2), worker, page), process)
