/** The records of many files: one event of kind 1063 for each, signed and appended together. */
import { fileTags } from '../../../protocol/file-event.ts'
import type { FileRecord } from '../../../protocol/file-event.ts'
import { HypertunaError } from '../../../protocol/errors.ts'
import { extensionFor, fileLink } from '../../../protocol/ids.ts'
import { signEvents } from '../../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../../protocol/nostr.ts'
import type { Identity } from '../../identity.ts'
import { now } from '../../relays/group.ts'
import type { Group } from '../../relays/group.ts'
import { previousTag } from '../../relays/newest.ts'
import { KIND } from '../../relays/kinds.ts'
import type { RelayRecord } from '../../relays/records.ts'
import { MAX_REPLACES } from './tree.ts'

/** What is said of a file of a folder. */
export interface FolderFile {
  hash: string
  size: number
  piecesRoot: string | null
  mime: string | null
  /** Relative; its last part is the name. */
  path: string
  /** Ids of the versions that it is a new one of. */
  replaces: string[]
}

export interface PublishPlace {
  group: Group
  driveKey: string
  identity: Identity
  gateways: string[]
}

/** Events that one append carries, with the announcement of their files. */
export const BATCH = 256

/** Signs an event for each of the files; nothing is appended yet. @throws NOT_MEMBER */
export async function signFiles(files: FolderFile[], place: PublishPlace): Promise<NostrEvent[]> {
  const { group, driveKey, identity, gateways } = place
  const { facts, publicIdentifier } = group.relay
  if (facts === null || publicIdentifier === null) {
    throw new HypertunaError('NOT_MEMBER', 'The group has not arrived on this device yet')
  }
  const previous = await previousTag(group.relay, identity.pubkey)
  const created_at = now()
  const templates = files.map((file): EventTemplate => {
    const record = recordOf(file, gateways[0] ?? null, publicIdentifier)
    const tags = fileTags([record], { alias: facts.alias, driveKey, kind: KIND.file })
    for (const id of file.replaces.slice(0, MAX_REPLACES)) tags.push(['replaces', id])
    if (previous !== null) tags.push(previous)
    return { kind: KIND.file, created_at, tags, content: '' }
  })
  return signEvents(templates, identity.secretKey)
}

/**
 * Appends them, and first that our drive holds the files, in one batch.
 * @throws NOT_ALLOWED, NOT_MEMBER, CLOSED, STORAGE_FAILED
 */
export async function appendFiles(
  events: NostrEvent[],
  held: Iterable<string>,
  { group, driveKey }: PublishPlace
): Promise<void> {
  const hashes = [...new Set(held)]
  const records = events.map((event): RelayRecord => ({ type: 'event', event }))
  const announced: RelayRecord[] =
    hashes.length === 0 ? [] : [{ type: 'announce', driveKey, held: hashes, withdrawn: [] }]
  // `offer` asks the policy about all of them over one reading of the state.
  const answers = await group.relay.offer([...announced, ...records])
  const refused = answers.find((answer) => answer !== null && answer.prefix !== 'duplicate')
  if (refused === undefined || refused === null) return
  const message = `The group refuses this: ${refused.reason}`
  throw new HypertunaError('NOT_ALLOWED', message)
}

function recordOf(file: FolderFile, gateway: string | null, publicIdentifier: string): FileRecord {
  const { hash, size, piecesRoot, mime, path } = file
  const name = path.slice(path.lastIndexOf('/') + 1)
  const url = fileLink(gateway, publicIdentifier, hash, extensionFor(mime, name))
  return { hash, url, mime, size, name, path, piecesRoot }
}
