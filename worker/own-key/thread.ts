/**
 * Locks and opens keys on a thread of its own: it takes seconds and much memory by
 * intent, so that passphrases cannot be tried by the million.
 */
import Worker from 'bare-worker'

import { answer } from './job.ts'
import type { Job } from './seal.ts'

const { parentPort } = Worker
parentPort?.on('message', (message) => {
  parentPort.postMessage(answer(message as Job))
})
