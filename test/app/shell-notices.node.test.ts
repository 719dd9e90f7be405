/** What the terminal says of a worker that is not as it was asked to be. */
import test from 'brittle'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { run, temporary } from './programs.ts'

const SHELL = 'app/shells/browser/main.js'
const QUIET = ['--no-open', '--bootstrap', '127.0.0.1:1']

test('a worker that cannot work is said in one sentence, beside the log', async (t) => {
  const storage = join(temporary(t), 'storage')
  mkdirSync(storage, { mode: 0o700 })
  const config = JSON.stringify({ version: 1, driveKey: 'not a key' })
  writeFileSync(join(storage, 'relay-config.json'), config, { mode: 0o600 })
  const shell = await run(SHELL, ['--storage', storage, ...QUIET], /^ready /)
  t.ok(await shell.says(/^driveKey .*\. \(BAD_CONFIG\)$/m))
  t.is(await shell.stop(), 0)
  const words = wordsOf(shell.log())
  t.is(words.length, 1, words.join('\n'))
})

test('a taken --local-port is said with the one that is used instead', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const flags = ['--storage', join(temporary(t), 'storage'), '--local-port', String(port)]
  const shell = await run(SHELL, [...flags, ...QUIET], /^ready /)
  t.ok(await shell.says(new RegExp(`Port ${port} is taken.*127\\.0\\.0\\.1:\\d+ instead`)))
  t.is(await shell.stop(), 0)
  t.is(wordsOf(shell.log()).length, 1, 'once')
})

/** The lines that are not the log's JSON. */
function wordsOf(log: string): string[] {
  return log.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
}
