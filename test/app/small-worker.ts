/** A worker that only answers: what a shell needs to be tested alone. */
import { writeFileSync } from 'bare-fs'
import Pipe from 'bare-pipe'
import process from 'bare-process'
import type { Duplex } from 'streamx'
import { serveCalls } from '../../protocol/rpc/server.ts'
import { serveSessions } from '../../protocol/rpc/session.ts'
import { handlersWith } from '../protocol/rpc-ends.ts'

const argv = Bare.argv.slice(2)
const storage = argv[argv.indexOf('--storage') + 1] ?? ''

const handlers = handlersWith({
  status: (_, subscription) => {
    subscription.send({
      state: 'ready',
      pubkey: 'aa'.repeat(32),
      driveKey: 'bb'.repeat(32),
      version: '0.0.0',
      storage,
      localPort: 0,
      peers: 0,
      problems: [],
      gateways: []
    })
  },
  post: async ({ content }) => ({ eventId: `${content} ${argv.join(' ')}` }),
  storeFile: async ({ header, source }) => {
    let size = 0
    for await (const bytes of source) size += bytes.byteLength
    return { hash: header.fileHash ?? '', size, piecesRoot: '', deduplicated: false }
  },
  setName: async ({ name }) => {
    if (name === 'crash') setTimeout(crash, 0)
    if (name === 'hang') setInterval(() => undefined, 1000)
    if (name === 'block') for (;;) Date.now()
    return {}
  }
})

const pipe = Bare.IPC ?? (new Pipe(3) as unknown as Duplex)
const sessions = serveSessions(pipe, (session) => serveCalls(session, handlers))
void sessions.closed.then(() => {
  writeFileSync(`${storage}/closed-by-itself`, 'yes')
  if (Bare.IPC === undefined) process.exit(0) // as the real one does
})

function crash(): void {
  throw new Error('as asked')
}
