/**
 * Blossom on this computer, at `/npub1…:alias/` for each group: files are brought and taken
 * away by who signs as a member, and read as at `/drive/…`.
 */
import type { HTTPIncomingMessage } from 'bare-http1'

import { againstRequest, readAuthorization } from '../../protocol/authorization.ts'
import { describeBlob, readUpload, type BlossomPath } from '../../protocol/blossom.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { bodyOf } from '../../protocol/http-body.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { RelayFiles } from '../relays/relay-files.ts'
import { headerOf } from './loopback.ts'
import type { Uploads } from './uploads.ts'

/** Milliseconds that a program may take for its next byte. */
const IDLE = 60_000

export interface LocalAnswer {
  status: number
  headers: Record<string, string>
  body: string | null
}

/** PUT and HEAD of `upload`, DELETE of a file. Throws what `Uploads` does, and BlossomRefusal. */
export async function answerBlossom(
  req: HTTPIncomingMessage,
  named: BlossomPath,
  { relay, uploads }: { relay: RelayFiles; uploads: Uploads }
): Promise<LocalAnswer> {
  const event = authorOf(req)
  if (named.verb === 'blob') {
    await uploads.remove(relay, event, named.hash ?? '')
    return { status: 204, headers: {}, body: null }
  }
  const headers = Object.fromEntries(Object.keys(req.headers).map((n) => [n, headerOf(req, n)]))
  const file = readUpload(req.method, headers, event)
  if (req.method === 'HEAD') {
    await uploads.check(relay, event, 'upload', file.hash)
    return { status: 200, headers: {}, body: null }
  }
  const { fresh, ...stored } = await uploads.put(relay, event, file, bodyOf(req, IDLE))
  const base = `http://${headerOf(req, 'host')}/${relay.publicIdentifier}`
  const body = `${JSON.stringify(describeBlob(base, { hash: file.hash, ...stored }))}\n`
  return { status: fresh ? 201 : 200, headers: { 'Content-Type': 'application/json' }, body }
}

/** @throws {HypertunaError} UNPROVEN */
function authorOf(req: HTTPIncomingMessage): NostrEvent {
  const authorization = headerOf(req, 'authorization')
  if (authorization === undefined) {
    throw new HypertunaError('UNPROVEN', 'A member has to authorize this')
  }
  const event = readAuthorization(authorization)
  const host = headerOf(req, 'host') ?? ''
  const wrong = againstRequest(event, {
    method: req.method === 'HEAD' ? 'PUT' : req.method,
    urls: [`http://${host}${req.url}`],
    host: host.replace(/:\d+$/, '')
  })
  if (wrong !== null) throw new HypertunaError('UNPROVEN', wrong)
  return event
}
