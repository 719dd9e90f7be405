/** `npm run build:code`, its second half: the programs that people start, each in one file. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { makeOneFiles } from './one-file.ts'

const dist = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

await makeOneFiles(dirname(dist), [
  'dist/worker/main.js',
  'dist/worker/verify/thread.js',
  'dist/worker/own-key/thread.js',
  'dist/gateway/main.js',
  'dist/app/attached.js',
  'dist/app/cli/main.js',
  'dist/app/shells/browser/main.js',
  'dist/app/shells/browser/start.js'
])
