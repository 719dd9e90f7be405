/**
 * What our relay is measured beside: @nostr-relay/core with its SQLite store, as
 * its own documentation sets it up, behind `ws`. It checks each event's id and
 * signature itself (with @noble/curves), as ours does. Its cache of answers is
 * off, because the store is what we ask about.
 *
 *   relay.mjs serve FILE    prints `ready ws://…` and serves until it is ended
 *   relay.mjs fill FILE EVENTS    stores the events of a file, one on each line, unchecked
 *   relay.mjs newest FILE LIMIT ROUNDS    prints the milliseconds of each raw query
 */
import { readFileSync } from 'node:fs'
import { NostrRelay } from '@nostr-relay/core'
import { EventRepositorySqlite } from '@nostr-relay/event-repository-sqlite'
import Database from 'better-sqlite3'
import { WebSocketServer } from 'ws'

const [mode, file, ...rest] = process.argv.slice(2)
if (mode === 'serve') await serve(file)
else if (mode === 'fill') await fill(file, rest[0])
else newest(file, ...rest.map(Number))

async function serve(path) {
  const repository = new EventRepositorySqlite(path)
  await repository.init()
  const relay = new NostrRelay(repository, { filterResultCacheTtl: 0 })
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    relay.handleConnection(socket)
    socket.on('message', (bytes) => void relay.handleMessage(socket, JSON.parse(bytes.toString())))
    socket.on('close', () => relay.handleDisconnect(socket))
  })
  server.on('listening', () => console.log(`ready ws://127.0.0.1:${server.address().port}`))
  process.on('SIGTERM', async () => {
    for (const socket of server.clients) socket.terminate()
    server.close()
    await repository.destroy()
    process.exit(0)
  })
}

async function fill(path, events) {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = OFF')
  const repository = new EventRepositorySqlite(db)
  await repository.init()
  for (const line of readFileSync(events, 'utf8').trim().split('\n')) {
    await repository.upsert(JSON.parse(line))
  }
  await repository.destroy()
  console.log('filled')
}

function newest(path, limit, rounds) {
  const db = new Database(path, { readonly: true })
  const query = db.prepare(
    'SELECT id, pubkey, kind, tags, content, sig, created_at FROM events ORDER BY created_at DESC LIMIT ?'
  )
  const times = []
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    const events = query.all(limit).map((row) => ({ ...row, tags: JSON.parse(row.tags) }))
    times.push(performance.now() - begun)
    if (events.length !== limit) throw new Error(`${events.length} of ${limit} events`)
  }
  console.log(JSON.stringify(times))
}
