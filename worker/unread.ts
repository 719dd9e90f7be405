/**
 * What was said in each group since it was last read: how much, whether it names us, and where it
 * begins. Emits `change` when any of that is another.
 *
 * What is read is told by a moment, the time of the newest message that was seen. Messages may
 * come long after they were written, from somebody who was alone meanwhile: of those that come
 * late the ids are kept, or they would be read before anybody saw them.
 */
import { readFile } from 'bare-fs/promises'
import EventEmitter from 'bare-events'

import { replaceFile } from './atomic-file.ts'
import { coalesce } from './coalesce.ts'
import { isSystemCode } from './disk-error.ts'
import type { Log } from './log.ts'
import { readReads, type Read } from './reads-file.ts'
import { now } from './relays/group.ts'
import type { Group } from './relays/group.ts'
import type { RelayUpdate } from './relays/relay.ts'
import { UnreadOf } from './unread-of.ts'

/** What a face is told of a group. */
export interface UnreadFacts {
  /** At most `MOST_UNREAD`, which stands for any more */
  unread: number
  mentions: number
  firstUnread: string | null
}

export interface UnreadOptions {
  /** The file that keeps it over a restart. */
  path: string
  /** When we came into a group, in seconds since 1970: what was said before is not new. */
  joinedAt(relayKey: string): number
  log: Log
}

/** Marks come with each message that is seen: the file is written so often at most, in ms. */
const SAVE = 2_000

const NOTHING: UnreadFacts = { unread: 0, mentions: 0, firstUnread: null }

export class Unread extends EventEmitter {
  readonly #options: UnreadOptions
  readonly #groups = new Map<string, UnreadOf>()
  /** What the file says of groups that are not open yet. */
  #kept: Map<string, Read> = new Map()
  /** From when on anything counts: a storage of before this was kept has all of it read. */
  #begun = now()
  #saving = Promise.resolve()
  readonly #save: ReturnType<typeof coalesce>

  constructor(options: UnreadOptions) {
    super()
    this.#options = options
    this.#save = coalesce(SAVE, () => void (this.#saving = this.#saving.then(() => this.#write())))
  }

  /** Reads what was kept. What cannot be read counts as nothing. */
  async open(): Promise<void> {
    const { path, log } = this.#options
    try {
      const { begun, reads } = readReads((await readFile(path, { encoding: 'utf8' })) as string)
      this.#begun = begun
      this.#kept = reads
    } catch (err) {
      if (!isSystemCode(err, 'ENOENT')) log('reads-unreadable', { reason: String(err) })
    }
  }

  async close(): Promise<void> {
    this.#save.stop()
    for (const group of this.#groups.values()) group.stop()
    await this.#saving
    await this.#write()
  }

  /** Follows a group until it closes; one of the same key takes its place. */
  add(group: Group): void {
    const { relayKey } = group.relay
    this.#groups.get(relayKey)?.stop()
    const joinedAt = this.#options.joinedAt(relayKey)
    const kept = this.#kept.get(relayKey)
    // Of the very second of our coming the place in the log says what was before it
    const until = joinedAt >= this.#begun ? joinedAt - 1 : this.#begun
    const read = kept ?? { until, late: [] }
    const isFresh = kept === undefined
    const of = new UnreadOf(group, { read, joinedAt, isFresh }, (changed) => {
      if (changed) this.#save()
      this.emit('change')
    })
    this.#groups.set(relayKey, of)
    this.#kept.delete(relayKey)
    const onupdate = (update: RelayUpdate): void => of.look(update)
    group.on('update', onupdate)
    group.once('close', () => {
      group.off('update', onupdate)
      of.stop()
      if (this.#groups.get(relayKey) !== of) return
      this.#groups.delete(relayKey)
      this.#kept.set(relayKey, of.read)
    })
    of.look(null)
  }

  /** A group is not on this device any more. */
  forget(relayKey: string): void {
    this.#groups.delete(relayKey)
    this.#kept.delete(relayKey)
    this.#save()
  }

  facts(relayKey: string): UnreadFacts {
    return this.#groups.get(relayKey)?.facts ?? NOTHING
  }

  /** Everything up to this moment was seen, and whatever came late. */
  mark(relayKey: string, until: number): void {
    this.#groups.get(relayKey)?.mark(until)
  }

  async #write(): Promise<void> {
    const { path, log } = this.#options
    const reads = new Map(this.#kept)
    for (const [relayKey, { read }] of this.#groups) reads.set(relayKey, read)
    const text = JSON.stringify({
      version: 1,
      begun: this.#begun,
      reads: Object.fromEntries(reads)
    })
    try {
      await replaceFile(path, text)
    } catch (err) {
      log('reads-not-kept', { reason: String(err) }) // the next mark tries again
    }
  }
}
