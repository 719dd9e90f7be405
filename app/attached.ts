/**
 * A program of ours that ends with whoever started it, even one that was killed
 * and could send no signal: fd 3 is a pipe whose other end dies with the starter.
 *
 * It also tells its exit code on that pipe as soon as it is settled. A terminal's Ctrl-C reaches
 * us twice, by itself and by the starter, and the second one ends a program that has let go of
 * its handlers on its way out: what the system then says of its end is not what it ended with.
 *
 * Usage: bare dist/app/attached.js <entry> [arguments…], with a pipe as fd 3
 */
import { writeSync } from 'bare-fs'
import os from 'bare-os'
import Pipe from 'bare-pipe'
import { pathToFileURL } from 'bare-url'

const end = (): void => os.kill(os.pid(), os.constants.signals.SIGTERM)

const starter = new Pipe(3)
starter.on('data', () => {}) // without a reader there is no end
starter.once('end', end)
starter.on('error', end)
starter.unref()

Bare.on('exit', (code) => {
  try {
    writeSync(3, `${code}\n`)
  } catch {} // whoever started us is no more
})

// The entry finds its arguments where they are without us.
Bare.argv.splice(1, 1)
await import(pathToFileURL(Bare.argv[1] ?? '').href)
