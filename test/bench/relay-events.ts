/**
 * Signed events for the relay's bench. Signing takes longer than storing, so they
 * are made once and kept in the system's folder for temporary files.
 */
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'

import { getPublicKey, signEvent } from '../../protocol/nostr.ts'

/** The founder of the relay that the events are for, and its alias. */
export const SECRET_KEY = '0b'.repeat(32)
export const ALIAS = 'bench'

/** A number that changes when the events do. */
const EDITION = 1
const BEGUN = 1_750_000_000
const WORDS =
  'the quick brown fox jumps over a lazy dog while rain falls on tin roofs and nobody minds '

/**
 * The first `count` of the events, as JSON, the oldest first: a group's chat, ten in
 * a minute, some of it with topics, mentions and replies.
 */
export function signedEvents(count: number): string[] {
  const path = join(tmpdir(), `hypertuna-bench-events-${EDITION}.jsonl`)
  const lines = fs.existsSync(path) ? String(fs.readFileSync(path)).trim().split('\n') : []
  if (lines.length >= count) return lines.slice(0, count)
  const secretKey = Buffer.from(SECRET_KEY, 'hex')
  const pubkey = getPublicKey(secretKey)
  let last: string | null = null
  for (let i = lines.length; i < count; i++) {
    const tags = [['h', ALIAS]]
    if (i % 5 === 0) tags.push(['t', `topic-${i % 97}`])
    if (i % 7 === 0) tags.push(['p', pubkey])
    if (i % 11 === 0 && last !== null) tags.push(['q', last])
    const from = (i * 31) % 60
    const content = `${i}: ${WORDS.repeat(3).slice(from, from + 60 + ((i * 17) % 140))}`
    const event = signEvent({ kind: 9, created_at: BEGUN + i * 6, tags, content }, secretKey)
    last = event.id
    lines.push(JSON.stringify(event))
  }
  fs.writeFileSync(`${path}.new`, lines.join('\n') + '\n')
  fs.renameSync(`${path}.new`, path)
  return lines
}

/** The id of an event in JSON, without reading all of it. */
export function idOfJson(json: string): string {
  return json.slice(json.indexOf('"id":"') + 6).slice(0, 64)
}
