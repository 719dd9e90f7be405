#!/usr/bin/env node
/**
 * `npm run desktop`: packs the worker for pear-runtime's sidecar, and starts Electron.
 * Electron's own program is fetched by its package at the first start, and needed by
 * nothing else.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bareBinary } from './bare-binary.ts'

const dist = dirname(dirname(fileURLToPath(import.meta.url)))

function electronProgram(): string {
  try {
    return createRequire(import.meta.url)('electron') as unknown as string
  } catch (err) {
    process.stderr.write(
      `Electron is not here and could not be fetched (${(err as Error).message.split('\n')[0]}).\n` +
        'It needs Node 22 and the network once; `npm start` shows the same app in a browser.\n'
    )
    process.exit(1)
  }
}

const electron = electronProgram()
const platform = `${process.platform}-${process.arch}`
execFileSync(bareBinary(), [
  join(dist, 'app/release/main.js'),
  ...['--only', 'worker', '--platforms', platform, '--target', join(dist, 'desktop')]
])
const main = join(dist, 'app/shells/electron/main.js')
const child = spawn(electron, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
