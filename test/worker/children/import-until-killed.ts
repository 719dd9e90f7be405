/**
 * A worker that imports a folder: `<storage> <folder> <bootstrap>`. Says the relay's key,
 * and `some` once a part of the files is in the group.
 */
import process from 'bare-process'

import '../../../worker/globals.ts'
import { silent } from '../../../worker/log.ts'
import { rpcHandlers } from '../../../worker/rpc.ts'
import { Worker } from '../../../worker/worker.ts'

const [storage = '', folder = '', bootstrap = ''] = process.argv.slice(2)
const options = {
  storage,
  bootstrap: bootstrap.split(','),
  localPort: 0,
  version: '0',
  log: silent
}
const worker = new Worker(options)
await worker.ready()
const { createRelay, importFolder } = rpcHandlers(worker)
const { relayKey } = await createRelay({ name: 'Field notes', access: 'closed' })
console.log(relayKey)
let told = false
worker.use().files.transfers.on('change', (transfer) => {
  const { kind, done } = transfer as { kind: string; done: number | null }
  if (told || kind !== 'import' || (done ?? 0) === 0) return
  told = true
  console.log('some')
})
await importFolder({ relayKey, folder, prefix: null })
