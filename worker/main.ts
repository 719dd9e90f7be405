/**
 * The worker's entry: a Bare thread or process that a shell starts.
 *
 * Arguments: --storage DIR [--bootstrap host:port,…] [--local-port N]
 * The pipe (Bare.IPC, or fd 3 of a subprocess) carries RPC sessions; when the
 * shell closes it, the worker closes everything and ends.
 */
import './globals.ts'
import Pipe from 'bare-pipe'
import process from 'bare-process'
import type { Duplex } from 'streamx'

import { outliveReaders } from '../protocol/outlive-readers.ts'
import { serveCalls } from '../protocol/rpc/server.ts'
import { serveSessions } from '../protocol/rpc/session.ts'
import { parseArguments } from './arguments.ts'
import { createLog } from './log.ts'
import { rpcHandlers } from './rpc.ts'
import { RpcSocket } from './serve/rpc-socket.ts'
import { VERSION } from '../protocol/version.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { Worker } from './worker.ts'

outliveReaders(process)
const log = createLog({ part: 'worker' })
const options = parseArguments(globalThis.Pear?.config?.args ?? Bare.argv.slice(2))
const worker = new Worker({ ...options, version: VERSION, log })
const handlers = rpcHandlers(worker)
const answer = (session: Duplex): void =>
  serveCalls(session, handlers, (call, { code, message }) => {
    log('call-failed', { call, code, message })
  })

const pipe = Bare.IPC ?? (new Pipe(3) as unknown as Duplex)
const sessions = serveSessions(pipe, answer)
let socket: RpcSocket | null = null
let mayListen = true

await worker.ready()
await listen()
// A disk that was away when we started may come back.
worker.on('status', () => {
  if (mayListen && socket === null && worker.status().state === 'ready') void listen()
})
log('ready', { state: worker.status().state, driveKey: worker.status().driveKey })

await sessions.closed
mayListen = false
await (socket as RpcSocket | null)?.close()
await worker.close()
log('closed')
if (Bare.IPC === undefined) process.exit(0)

/** For the command line; the app itself does without. */
async function listen(): Promise<void> {
  const made = new RpcSocket({ storage: options.storage, onsession: answer, log })
  socket = made
  try {
    await made.ready()
  } catch (err) {
    log('socket-failed', { reason: String(err) })
    mayListen = HypertunaError.from(err).code !== 'BAD_CONFIG' // a path stays as long as it is
    socket = null
  }
}
