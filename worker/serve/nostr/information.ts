/** NIP-11: what this relay says of itself, under its socket's own address. */
import type { HTTPServerResponse } from 'bare-http1'

import { relayInformation } from '../../../protocol/relay-information.ts'
import { MAX_LIMIT } from '../../relays/query.ts'
import type { RelayFacts } from '../../relays/state.ts'
import { MAX_AHEAD, MAX_ID } from './limits.ts'
import type { Limits } from './limits.ts'

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS'
}

export function information(facts: RelayFacts, limits: Limits, version: string): object {
  const { message, subscriptions, filters } = limits
  const isPrivate = facts.access === 'private'
  return relayInformation({
    description: isPrivate ? null : facts,
    isPrivate,
    relayPubkey: facts.relayPubkey,
    limitation: {
      message,
      subscriptions,
      filters,
      id: MAX_ID,
      events: MAX_LIMIT,
      ahead: MAX_AHEAD
    },
    version
  })
}

export function sendJson(
  res: HTTPServerResponse,
  status: number,
  type: string,
  body: object | null,
  head: boolean
): void {
  const text = body === null ? '' : JSON.stringify(body)
  const headers: Record<string, string> = {
    ...CORS,
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(text)),
    'X-Content-Type-Options': 'nosniff'
  }
  if (status === 426) headers['Upgrade'] = 'websocket'
  res.writeHead(status as 200, headers)
  if (head) res.end()
  else res.end(text)
}
