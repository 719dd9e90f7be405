/** A whole member in a network of its own, reached over its worker.sock: `<storage> <bootstrap>`. */
import '../../worker/globals.ts'
import process from 'bare-process'
import type { Duplex } from 'streamx'

import { serveCalls } from '../../protocol/rpc/server.ts'
import { silent } from '../../worker/log.ts'
import { rpcHandlers } from '../../worker/rpc.ts'
import { RpcSocket } from '../../worker/serve/rpc-socket.ts'
import { Worker } from '../../worker/worker.ts'

const [storage = '', bootstrap = ''] = process.argv.slice(2)
const options = { bootstrap: bootstrap.split(','), localPort: 0, version: '0.0.0', log: silent }
const worker = new Worker({ storage, ...options })
const handlers = rpcHandlers(worker)
const onsession = (session: Duplex): void => serveCalls(session, handlers, () => {})
await worker.ready()
await new RpcSocket({ storage, onsession, log: silent }).ready()
console.log('ready')
