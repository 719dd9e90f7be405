/**
 * Our relay beside @nostr-relay/core with SQLite: both are processes of their own,
 * both check every id and signature, and both are sent the same events by the same
 * client. What is compared is measured in turns, so that a busy machine is busy for both.
 *
 * Usage: through `bench`, where `--size` is the number of events (default 100,000), and
 * `--only` names pieces of it: ingest, offered, queries, fanout, join. The events are stored
 * in any case; the peer runs for the first three. Any other name, such as `memory`, stores and
 * no more.
 */
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import createTestnet from 'hyperdht/testnet.js'

import { openFace } from '../../app/face.ts'
import type { Face } from '../../app/face.ts'
import { startProgram } from '../../app/demo/process.ts'
import type { Program } from '../../app/demo/process.ts'
import { clock, percentile, publishAll, publishAtRate, RelayClient } from './relay-client.ts'
import { ALIAS, SECRET_KEY, signedEvents } from './relay-events.ts'
import { benchJoin } from './relay-join.ts'
import { installPeers } from './install-peers.ts'
import { fillPeer, queryRaw, startPeer } from './relay-peer.ts'
import { watchResident } from './resident.ts'
import type { Report } from './store.ts'

const DHT_NODES = 10
const CONNECTIONS = 4
/** Events on their way at once. */
const WINDOW = 256
/** The last events of those stored, which are timed, are sent in so many turns. */
const TURNS = 4
const TIMED = 10_000
const RATE = 1000
const SECONDS = 5
const QUERIES = 200
const SUBSCRIPTIONS = 1000
/** Of one connection. */
const SHARE = 25
const PUBLICATIONS = 20

/** A relay that is measured. */
export interface Subject {
  clients: RelayClient[]
  url: string
}

/** Our member's process, with a relay that it made. */
export interface Founder extends Subject {
  program: Program
  face: Face
  relayKey: string
  publicIdentifier: string
}

/** @param options.size - events stored */
export async function bench(
  report: Report,
  { size = 1e5, only }: { size?: number; only?: string[] } = {}
): Promise<void> {
  const wants = (piece: string): boolean => only === undefined || only.includes(piece)
  const beside = wants('ingest') || wants('offered') || wants('queries')
  if (beside) installPeers()
  const dir = fs.mkdtempSync(join(tmpdir(), 'relay-bench-'))
  const testnet = await createTestnet(DHT_NODES)
  const [node] = testnet.bootstrap
  const bootstrap = `${node?.host}:${node?.port}`
  const events = signedEvents(size + 2 * RATE * SECONDS + PUBLICATIONS)
  const stored = events.slice(0, size)
  const extra = events.slice(size)
  const database = join(dir, 'peer.sqlite')
  const timed = wants('ingest') ? Math.min(TIMED, Math.floor(size / 2)) : 0
  if (beside) await fillPeer(database, stored.slice(0, size - timed))
  const running = beside ? await startPeer(database) : null
  let founder: Founder | null = null
  try {
    founder = await startFounder(join(dir, 'founder'), bootstrap)
    const peer = running === null ? null : await connect(running.url)
    await benchIngest(report, founder, peer, { stored, timed })
    const offered = extra.splice(0, RATE * SECONDS)
    if (peer !== null && wants('offered')) await benchOffered(report, founder, peer, offered)
    if (peer !== null && wants('queries')) await benchQueries(report, founder, peer, database)
    if (wants('fanout')) await benchFanOut(report, founder, extra.splice(0, PUBLICATIONS))
    running?.stop()
    if (wants('join')) await benchJoin(report, founder, { storage: join(dir, 'joiner'), bootstrap })
  } finally {
    running?.stop()
    await founder?.face.close()
    await founder?.program.stop()
    await testnet.destroy()
    fs.rmSync(dir, { recursive: true })
  }
}

async function startFounder(storage: string, bootstrap: string): Promise<Founder> {
  fs.mkdirSync(storage)
  const identity = JSON.stringify({ version: 1, secretKey: SECRET_KEY })
  fs.writeFileSync(join(storage, 'identity.json'), identity, { mode: 0o600 })
  const { program, face } = await startMember(storage, bootstrap)
  const wish = { name: 'Bench', access: 'closed', alias: ALIAS } as const
  const { relayKey, publicIdentifier } = await face.call('createRelay', wish)
  const url = await relayUrl(face, publicIdentifier)
  return { program, face, relayKey, publicIdentifier, ...(await connect(url)) }
}

/** The app's shipped entry, and a face of it once it is ready. */
export async function startMember(
  storage: string,
  bootstrap: string
): Promise<{ program: Program; face: Face }> {
  const flags = ['--storage', storage, '--bootstrap', bootstrap, '--local-port', '0']
  const program = await startProgram('member', [...flags, '--port', '0', '--no-open'])
  const face = await openFace(storage)
  await face.first('status', {}, ({ state }) => state === 'ready')
  return { program, face }
}

/** Where a member's computer serves a relay to Nostr clients. */
export async function relayUrl(face: Face, publicIdentifier: string): Promise<string> {
  const { localPort } = await face.first('status', {}, ({ state }) => state === 'ready')
  return `ws://127.0.0.1:${localPort}/${publicIdentifier}`
}

async function connect(url: string): Promise<Subject> {
  const connecting = Array.from({ length: CONNECTIONS }, () => RelayClient.connect(url))
  return { url, clients: await Promise.all(connecting) }
}

/** The peer has the events before those that are timed already. */
async function benchIngest(
  report: Report,
  founder: Founder,
  peer: Subject | null,
  { stored, timed }: { stored: string[]; timed: number }
): Promise<void> {
  const before = stored.slice(0, stored.length - timed)
  const stop = watchResident([founder.program.pid])
  report('relay ingest, the first of all', await publishAll(founder.clients, before, WINDOW), '/s')
  if (peer !== null && timed > 0) {
    await benchTimed(report, founder, peer, stored.slice(before.length))
  }
  const [most = 0] = stop()
  report('relay founder memory while it stores', most / 2 ** 20, 'MiB')
}

/** Ours and the peer in turns. */
async function benchTimed(
  report: Report,
  founder: Founder,
  peer: Subject,
  events: string[]
): Promise<void> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  const share = Math.ceil(events.length / TURNS)
  for (let at = 0; at < events.length; at += share) {
    const turn = events.slice(at, at + share)
    ours.push(await publishAll(founder.clients, turn, WINDOW))
    theirs.push(await publishAll(peer.clients, turn, WINDOW))
  }
  const [rate, peerRate] = [overall(ours), overall(theirs)]
  report('relay ingest, the last of all', rate, '/s')
  report('relay peer ingest, the last of all', peerRate, '/s')
  report('relay ingest beside the peer', rate / peerRate, '×')
}

/** Of turns that were equally long in events. */
const overall = (rates: number[]): number =>
  rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0)

async function benchOffered(
  report: Report,
  founder: Founder,
  peer: Subject,
  events: string[]
): Promise<void> {
  const ours = await publishAtRate(founder.clients[0]!, events, RATE)
  report(`relay OK at ${RATE}/s, median`, percentile(ours, 0.5), 'ms')
  report(`relay OK at ${RATE}/s, p99`, percentile(ours, 0.99), 'ms')
  const theirs = await publishAtRate(peer.clients[0]!, events, RATE)
  report(`relay peer OK at ${RATE}/s, median`, percentile(theirs, 0.5), 'ms')
  report(`relay peer OK at ${RATE}/s, p99`, percentile(theirs, 0.99), 'ms')
}

async function benchQueries(
  report: Report,
  founder: Founder,
  peer: Subject,
  database: string
): Promise<void> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  const filter = { '#h': [ALIAS], limit: 100 }
  for (let round = 0; round < QUERIES; round++) {
    ours.push(await ask(founder, filter, 100))
    theirs.push(await ask(peer, filter, 100))
  }
  report('relay REQ #h limit 100, median', percentile(ours, 0.5), 'ms')
  report('relay peer REQ #h limit 100, median', percentile(theirs, 0.5), 'ms')
  report('relay REQ #h limit 100, p99', percentile(ours, 0.99), 'ms')
  report('relay peer REQ #h limit 100, p99', percentile(theirs, 0.99), 'ms')
  const times = percentile(ours, 0.99) / percentile(theirs, 0.99)
  report('relay REQ #h limit 100 p99 beside the peer', times, '×')
  const newest: number[] = []
  for (let round = 0; round < QUERIES / 4; round++) {
    newest.push(await ask(founder, { limit: 500 }, 500))
  }
  const raw = percentile(await queryRaw(database, 500, QUERIES / 4), 0.5)
  report('relay newest 500, to the client', percentile(newest, 0.5), 'ms')
  report('relay limit: better-sqlite3, newest 500', raw, 'ms')
  report('relay newest 500 beside better-sqlite3', percentile(newest, 0.5) / raw, '×')
}

async function ask({ clients }: Subject, filter: object, expected: number): Promise<number> {
  const { events, ms } = await clients[0]!.query(filter)
  if (events.length !== expected) throw new Error(`${events.length} of ${expected} events`)
  return ms
}

/** From an event's OK until the last of the subscriptions has it. */
async function benchFanOut(report: Report, founder: Founder, events: string[]): Promise<void> {
  const connecting = Array.from({ length: SUBSCRIPTIONS / SHARE }, () =>
    RelayClient.connect(founder.url)
  )
  const clients = await Promise.all(connecting)
  let arrived = 0
  let last = (): void => {}
  const hear = (): void => {
    if (++arrived === SUBSCRIPTIONS) last()
  }
  for (const client of clients) {
    for (let i = 0; i < SHARE; i++) {
      await client.subscribe(`live-${i}`, { '#h': [ALIAS], kinds: [9], limit: 1 }, hear)
    }
  }
  const times: number[] = []
  for (const event of events) {
    arrived = 0
    const delivered = new Promise<number>((resolve) => (last = () => resolve(clock())))
    await founder.clients[0]!.publish(event)
    const accepted = clock()
    times.push((await delivered) - accepted)
  }
  for (const client of clients) client.close()
  report(`relay fan-out to ${SUBSCRIPTIONS}, median`, percentile(times, 0.5), 'ms')
  report(`relay fan-out to ${SUBSCRIPTIONS}, at most`, percentile(times, 1), 'ms')
}
