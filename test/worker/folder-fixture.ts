/** Folders of this computer, for tests of what becomes of them. */
import { mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'bare-fs'
import type { Dirent } from 'bare-fs'
import { dirname, join } from 'bare-path'
import b4a from 'b4a'

import { sha256 } from '../../protocol/sha256.ts'
import { signEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { TestContext } from './member.ts'
import type { Whole } from './whole.ts'

/** A folder's files by path, as text; `binary` for bytes. */
export type Contents = Record<string, string | Uint8Array>

export async function makeFolder(t: TestContext, contents: Contents = {}): Promise<string> {
  const folder = realpathSync(await t.tmp()) as string
  putFiles(folder, contents)
  return folder
}

export function putFiles(folder: string, contents: Contents): void {
  for (const [path, bytes] of Object.entries(contents)) {
    const target = join(folder, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes)
  }
}

/** Every file below a folder with its hash; what is Hypertuna's own is left out. */
export function hashesOf(folder: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {}
  const entries = readdirSync(join(folder, below), { withFileTypes: true }) as Dirent<string>[]
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) Object.assign(found, hashesOf(folder, path))
    else if (entry.isFile() && !entry.name.startsWith('.hypertuna')) {
      found[path] = hashOf(readFileSync(join(folder, path)) as Uint8Array)
    }
  }
  return found
}

export const hashOf = (bytes: string | Uint8Array): string =>
  b4a.toString(sha256(typeof bytes === 'string' ? b4a.from(bytes) : bytes), 'hex')

/** What `hashesOf` says of a folder with these contents. */
export function hashed(contents: Contents): Record<string, string> {
  return Object.fromEntries(Object.entries(contents).map(([path, bytes]) => [path, hashOf(bytes)]))
}

/** Sorted by path, so that two can be compared. */
export function sorted<T>(found: Record<string, T>): [string, T][] {
  return Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * Stores a text and publishes it under any path, as a member with a modified worker does:
 * nothing of ours makes the path safe.
 */
export async function publishRaw(
  { worker }: Whole,
  relayKey: string,
  path: string,
  text: string,
  more: { tags?: string[][]; createdAt?: number } = {}
): Promise<{ id: string; hash: string }> {
  const { relays, identity, drive } = worker.use()
  const { relay } = relays.groups.get(relayKey)!
  const bytes = b4a.from(text)
  const hash = hashOf(bytes)
  worker.use().files.spare(relayKey, hash)
  async function* source(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  await drive.storeFile({ relayKey, fileHash: hash, metadata: {}, source: source() })
  const imeta = ['imeta', 'url https://a.example/x', `x ${hash}`, `size ${bytes.byteLength}`]
  const name = path.slice(path.lastIndexOf('/') + 1)
  const event = signEvent(
    {
      kind: 1063,
      created_at: more.createdAt ?? now(),
      tags: [
        ['h', relay.facts?.alias ?? ''],
        [...imeta, `name ${name}`, `path ${path}`],
        ...(more.tags ?? [])
      ],
      content: ''
    },
    identity.secretKey
  )
  await relay.base.append([
    encodeRecord({ type: 'announce', driveKey: drive.key, held: [hash], withdrawn: [] }),
    encodeRecord({ type: 'event', event })
  ])
  return { id: event.id, hash }
}
