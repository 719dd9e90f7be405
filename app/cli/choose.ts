/** Which group or file a person means. */
import { HypertunaError } from '../../protocol/errors.ts'
import type { Relay, SharedFile, Transfer } from '../../protocol/rpc/generated/types.ts'
import { allFiles } from '../face.ts'
import type { Face } from '../face.ts'
import type { Call } from './verb.ts'
import { sizeOf } from './words.ts'

/** As short a hash or key may be written. */
const SHORTEST = 6

/** Where to look what there is. */
const LISTS = {
  UNKNOWN_RELAY: '"hypertuna relay list" lists all groups',
  UNKNOWN_FILE: '"hypertuna ls <group>" lists all files'
}

const always = (): boolean => true

export async function groups(face: Face): Promise<Relay[]> {
  return (await face.first('relayList', {}, always)).relays
}

/**
 * The group of this name, alias, publicIdentifier or relayKey.
 * @throws UNKNOWN_RELAY, USAGE when several are meant
 */
export async function groupOf(face: Face, text: string): Promise<Relay> {
  const all = await groups(face)
  const exact = all.filter(
    ({ relayKey, publicIdentifier }) => relayKey === text || publicIdentifier === text
  )
  const named = all.filter(
    ({ name, relayKey, publicIdentifier }) =>
      name === text || publicIdentifier.endsWith(`:${text}`) || isStart(text, relayKey)
  )
  return only(exact.length > 0 ? exact : named, text, 'group', 'UNKNOWN_RELAY', ({ relayKey }) =>
    relayKey.slice(0, 12)
  )
}

/** A file by each of its names: the same bytes may have several. */
export function withNames(file: SharedFile): SharedFile[] {
  const { others, ...first } = file
  return [first, ...(others ?? []).map((other) => ({ ...first, ...other }))]
}

/**
 * The file of this hash (or its beginning), name or path.
 * @throws UNKNOWN_FILE, USAGE when several are meant
 */
export async function fileOf(face: Face, relayKey: string, text: string): Promise<SharedFile> {
  return fileAmong(await allFiles(face, relayKey), text)
}

/** The same, among files that are known; one meant by its hash comes with all of its names. */
function fileAmong(all: readonly SharedFile[], text: string): SharedFile {
  const byHash = all.filter(({ hash }) => hash === text || isStart(text, hash))
  const named = all.flatMap(withNames).filter(({ name, path }) => name === text || path === text)
  const found = byHash.length > 0 ? byHash : named
  return only(found, text, 'file', 'UNKNOWN_FILE', ({ hash }) => hash.slice(0, 12))
}

/**
 * The files of these names, all found before anything is done with the first of them: a slip of
 * the pen does nothing.
 * @throws UNKNOWN_FILE, USAGE when several are meant by one name
 */
export async function filesNamed(
  face: Face,
  relayKey: string,
  names: readonly string[]
): Promise<SharedFile[]> {
  if (names.length === 0) return []
  const all = await allFiles(face, relayKey)
  return names.map((text) => fileAmong(all, text))
}

/** Which transfers a command follows, and what is said when it is stopped. */
export interface Followed {
  fits(transfer: Transfer): boolean
  /** How far it came. Without it, what was begun goes on when the command is stopped. */
  far?(): string
}

const UNDER_WAY: readonly string[] = ['waiting', 'running', 'checking']

/**
 * Shows how transfers of a group go on, until the returned function is called. What
 * this command began is cancelled when it is stopped.
 */
export function follow({ out, onstop }: Call, face: Face, { fits, far }: Followed): () => void {
  let before: ReadonlySet<string> | null = null
  const ours = new Set<string>()
  const stop = face.subscribe('transfers', {}, ({ transfers }) => {
    before ??= new Set(transfers.map(({ id }) => id)) // somebody else began those
    for (const transfer of transfers.filter(fits)) {
      const { id, phase } = transfer
      if (UNDER_WAY.includes(phase) && !before.has(id)) ours.add(id)
      else ours.delete(id)
      if (phase === 'running') show(out, transfer)
    }
  })
  if (far !== undefined) {
    onstop(async () => {
      await Promise.allSettled([...ours].map((id) => face.call('cancelTransfer', { id })))
      return far()
    })
  }
  return stop
}

function show(out: Call['out'], { name, hash, received, size, rate, items, done }: Transfer): void {
  const share = size > 0 ? received / size : (done ?? 0) / Math.max(1, items ?? 1)
  const count = items ? `${done ?? 0} of ${items} files, ` : ''
  out.progress(name ?? hash.slice(0, 12), share, `${count}${sizeOf(rate)}/s`)
}

const isStart = (text: string, key: string): boolean =>
  text.length >= SHORTEST && /^[0-9a-f]+$/.test(text) && key.startsWith(text)

function only<T>(
  found: T[],
  text: string,
  what: string,
  code: 'UNKNOWN_RELAY' | 'UNKNOWN_FILE',
  keyOf: (one: T) => string
): T {
  const [first] = found
  if (first === undefined) {
    throw new HypertunaError(code, `There is no ${what} ${text} here: ${LISTS[code]}`)
  }
  if (found.length === 1) return first
  const keys = found.slice(0, 5).map(keyOf).join(', ')
  throw new HypertunaError('USAGE', `Several are meant by ${text}; say which: ${keys}`)
}
