/** A member's relay with its socket, for tests. */
import type { Assert } from 'brittle'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { signEvent } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import { silent } from '../../worker/log.ts'
import type { Log } from '../../worker/log.ts'
import { now } from '../../worker/relays/group.ts'
import type { Group } from '../../worker/relays/group.ts'
import { LocalServer } from '../../worker/serve/local-server.ts'
import { NostrSocket } from '../../worker/serve/nostr-socket.ts'
import type { Limits } from '../../worker/serve/nostr/limits.ts'
import { verifier } from '../../worker/verify/verifier.ts'
import { localDht, startMember } from './member.ts'
import type { Member } from './member.ts'
import { NostrClient } from './nostr-client.ts'

export interface Served {
  nostr: NostrSocket
  port: number
  url: string
  connect(headers?: Record<string, string>): NostrClient
  close(): Promise<void>
}

export interface Scene extends Served {
  bootstrap: string[]
  member: Member
  group: Group
  indexes: string
}

export async function serve(
  t: Assert,
  group: Group,
  indexes: string,
  limits: Partial<Limits> = {},
  log: Log = silent
): Promise<Served> {
  const nostr = new NostrSocket({ indexes, version: '1.2.3', log, limits })
  const drive = { entry: () => Promise.resolve(null), getFile: none }
  const server = new LocalServer({ port: 0, find: () => null, drive, nostr, log: silent })
  await server.ready()
  nostr.begin()
  await nostr.add(group)
  const { port } = server
  const url = `ws://127.0.0.1:${port}/${group.relay.publicIdentifier}`
  const clients: NostrClient[] = []
  const close = async (): Promise<void> => {
    for (const client of clients) client.close()
    await nostr.close()
    await server.close()
    await verifier.close() // its thread would keep the test's process for a minute
  }
  t.teardown(close, { order: -1 })
  const connect = (headers?: Record<string, string>): NostrClient => {
    const client = new NostrClient(url, headers)
    clients.push(client)
    return client
  }
  return { nostr, port, url, connect, close }
}

export async function scene(
  t: Assert,
  limits: Partial<Limits> = {},
  access = 'closed'
): Promise<Scene> {
  const bootstrap = await localDht(t)
  const member = await startMember(t, bootstrap)
  const group = await member.relays.create({ name: 'Field notes', access, about: 'birds' })
  const indexes = await t.tmp()
  return { bootstrap, member, group, indexes, ...(await serve(t, group, indexes, limits)) }
}

let written = 0

/** A message of a member, signed. */
export function note(member: Member, fields: Partial<EventTemplate> = {}): NostrEvent {
  const { kind = 9, created_at = now(), content = `note ${written++}` } = fields
  const tags = [['h', 'field-notes'], ...(fields.tags ?? [])]
  return signEvent({ kind, created_at, tags, content }, member.identity.secretKey)
}

export const unknownRelay = formatPublicIdentifier('8'.repeat(64), 'nowhere')

async function* none(): AsyncGenerator<Uint8Array> {
  // there are no files here
}
