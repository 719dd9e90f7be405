#!/usr/bin/env node
/**
 * Starts one of our programs.
 *
 * Usage: node dist/app/launch.js <browser|demo|gateway|release|bench|faults> [arguments…]
 */
import { runBare } from './run-bare.ts'

const ENTRIES: Record<string, string> = {
  browser: 'app/shells/browser/main.js',
  demo: 'app/demo/main.js',
  gateway: 'gateway/main.js',
  release: 'app/release/main.js',
  bench: 'test/bench/main.js',
  faults: 'test/faults/main.js'
}

const [name = '', ...args] = process.argv.slice(2)
const entry = ENTRIES[name]
if (entry === undefined) {
  process.stderr.write(`usage: launch <${Object.keys(ENTRIES).join('|')}> [arguments…]\n`)
  process.exit(2)
}
runBare(entry, args)
