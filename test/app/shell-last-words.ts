/** Says more than a pipe holds, on both outputs, and ends: run as a process by a test. */
import process from 'bare-process'
import { exitWith } from '../../protocol/exit.ts'

const words = 'word\n'.repeat(60_000)
process.stdout.write(words)
process.stderr.write(words)
await exitWith(3, process)
