/** NIP-11: what this relay says of itself, under its socket's own address. */
import type { HTTPServerResponse } from 'bare-http1'

import { MAX_LIMIT } from '../../relays/query.ts'
import type { RelayFacts } from '../../relays/state.ts'
import { MAX_AHEAD, MAX_ID } from './limits.ts'
import type { Limits } from './limits.ts'

/** Those that docs/nostr.md has a test for. */
export const SUPPORTED_NIPS = [1, 9, 11, 29, 40, 42, 45, 50, 62, 67, 70, 77]

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS'
}

export function information(facts: RelayFacts, limits: Limits, version: string): object {
  // Who asks has proved nothing: of a private group no more is said than that it is one.
  const hidden = facts.access === 'private'
  const described = hidden ? {} : describe(facts)
  return {
    ...described,
    self: facts.relayPubkey,
    pubkey: facts.relayPubkey,
    software: 'hypertuna',
    version,
    supported_nips: SUPPORTED_NIPS,
    limitation: {
      max_message_length: limits.message,
      max_subscriptions: limits.subscriptions,
      max_filters: limits.filters,
      max_subid_length: MAX_ID,
      max_limit: MAX_LIMIT,
      default_limit: MAX_LIMIT,
      // No lower limit: members bring what they wrote while they were away.
      created_at_upper_limit: MAX_AHEAD,
      min_pow_difficulty: 0,
      auth_required: hidden,
      payment_required: false,
      restricted_writes: true
    }
  }
}

function describe({ name, about, picture, banner }: RelayFacts): object {
  const icon = picture === '' ? {} : { icon: picture }
  return { name, description: about, ...icon, ...(banner === '' ? {} : { banner }) }
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
