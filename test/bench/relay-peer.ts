/** The relay that ours is measured beside, and SQLite by itself: processes of Node. */
import fs from 'bare-fs'
import { join } from 'bare-path'
import process from 'bare-process'
import { startChild } from './child.ts'
import { PEERS } from './install-peers.ts'

const SCRIPT = join(PEERS, 'relay.mjs')
const NODE = process.env['npm_node_execpath'] ?? 'node'

export interface Peer {
  url: string
  stop(): void
}

/** @param file - of its database; made when missing */
export async function startPeer(file: string): Promise<Peer> {
  const child = startChild([SCRIPT, 'serve', file], NODE)
  const [, url = ''] = (await child.line()).split(' ')
  return { url, stop: () => child.kill() }
}

/** Stores events as the peer does, but for the checking: what it is timed with comes after. */
export async function fillPeer(file: string, events: string[]): Promise<void> {
  const lines = `${file}.jsonl`
  fs.writeFileSync(lines, events.join('\n'))
  await startChild([SCRIPT, 'fill', file, lines], NODE).line()
  fs.rmSync(lines)
}

/** Milliseconds of each of `rounds` raw queries for the newest `limit` events. */
export async function queryRaw(file: string, limit: number, rounds: number): Promise<number[]> {
  const child = startChild([SCRIPT, 'newest', file, String(limit), String(rounds)], NODE)
  return JSON.parse(await child.line()) as number[]
}
