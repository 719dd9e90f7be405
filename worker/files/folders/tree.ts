/**
 * A relay's files as the tree of a folder: for each path the versions that its members
 * published, and those of them that no other one replaces.
 *
 * A version replaces others of its own path alone. Where two replace the same one, both
 * stand: the newer is the file, and the other its conflict copy, the same for everybody.
 */
import { isHex32 } from '../../../protocol/ids.ts'
import { mimeExtension } from '../../../protocol/mime.ts'
import { tagValues } from '../../../protocol/nostr.ts'
import { fileRange } from '../../relays/keys.ts'
import type { Relay } from '../../relays/relay.ts'
import type { FileFacts } from '../../relays/state.ts'

/** A live record of a file. */
export interface Version extends FileFacts {
  eventId: string
  hash: string
}

/** A version that nothing replaces, with the others of the same content. */
export interface Head extends Version {
  ids: string[]
}

export interface TreeFile {
  /** Tells files apart, also those that have a name and no path. */
  key: string
  /** Relative, as recorded. */
  path: string
  versions: Version[]
  /** The file itself first, then its conflict copies, newest first. */
  heads: Head[]
}

export type Tree = Map<string, TreeFile>

/** Conflict copies of one file that are looked at. */
const MAX_HEADS = 16
/** Versions that one may say to replace. */
export const MAX_REPLACES = 64
/** Events whose `replaces` are remembered. */
const REMEMBERED = 20_000

/** The key of what has this path. */
export const pathKey = (path: string): string => `path:${path}`

/** Reads trees of one relay; what events replace is read once. */
export class TreeReader {
  readonly #relay: Relay
  readonly #replaces = new Map<string, string[]>()

  constructor(relay: Relay) {
    this.#relay = relay
  }

  async read(): Promise<Tree> {
    const tree: Tree = new Map()
    for await (const node of this.#relay.state.createReadStream(fileRange)) {
      const hash = node.key.slice('file:'.length, 'file:'.length + 64)
      const version = { ...(node.value as FileFacts), hash, eventId: node.key.slice(-64) }
      const key = keyOf(version)
      const file = tree.get(key)
      if (file !== undefined) file.versions.push(version)
      else tree.set(key, { key, path: pathOf(version), versions: [version], heads: [] })
    }
    for (const file of tree.values()) await this.#findHeads(file)
    return tree
  }

  /**
   * Sets the heads of a file. A version that replaces nothing and has the bytes of one that
   * was replaced goes with it: two members had the same file before they heard of each other.
   */
  async #findHeads(file: TreeFile): Promise<void> {
    const { versions } = file
    versions.sort(newestFirst)
    const replaced = new Set<string>()
    const later = new Set<string>()
    if (versions.length > 1) {
      for (const version of versions) {
        const ids = await this.#replacedBy(version)
        if (ids.length > 0) later.add(version.eventId)
        for (const id of ids) if (id !== version.eventId) replaced.add(id)
      }
    }
    const gone = versions.filter(({ eventId }) => replaced.has(eventId)).map(({ hash }) => hash)
    const past = new Set(gone)
    const heads = versions.filter(({ eventId, hash }) => {
      return !replaced.has(eventId) && (later.has(eventId) || !past.has(hash))
    })
    file.heads = headsOf(heads.length > 0 ? heads : versions)
  }

  async #replacedBy({ eventId, position }: Version): Promise<string[]> {
    const known = this.#replaces.get(eventId)
    if (known !== undefined) return known
    const event = await this.#relay.eventAt(position)
    const ids = tagValues(event, 'replaces').filter(isHex32).slice(0, MAX_REPLACES)
    if (this.#replaces.size >= REMEMBERED) this.#replaces.clear()
    // While the log is being put into another order, another event may be at that place.
    if (event.id === eventId) this.#replaces.set(eventId, ids)
    return event.id === eventId ? ids : []
  }
}

function headsOf(versions: Version[]): Head[] {
  const heads = new Map<string, Head>()
  for (const version of versions) {
    const same = heads.get(version.hash)
    if (same !== undefined) same.ids.push(version.eventId)
    else heads.set(version.hash, { ...version, ids: [version.eventId] })
  }
  return [...heads.values()].slice(0, MAX_HEADS)
}

/** Agreed by everybody whatever the order of the log, as replaceable events are (NIP-01). */
function newestFirst(a: Version, b: Version): number {
  return b.createdAt - a.createdAt || (a.eventId < b.eventId ? -1 : 1)
}

function keyOf({ path, name, hash }: Version): string {
  return path === null ? `name:${hash}:${name ?? ''}` : pathKey(path)
}

/** What was posted without a path lies at the top, under its name. */
function pathOf({ path, name, hash, mime }: Version): string {
  if (path !== null) return path
  if (name !== null) return name
  const extension = mimeExtension(mime)
  return hash.slice(0, 16) + (extension === null ? '' : `.${extension}`)
}
