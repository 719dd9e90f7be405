/** Messages that were told before their files were known, to be told again when they are. */
import { FILE_KIND, parseFiles } from '../protocol/file-event.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import type { ConversationEvent } from '../protocol/rpc/generated/types.ts'

/** Such messages at most; the oldest are told again when the page is loaded anew. */
const MOST = 1000

/** After a start a conversation is there before the files of its group are. */
export class LateFiles {
  /** By event id: the message, and the hashes of the files that it was told without. */
  readonly #lacking = new Map<string, { event: NostrEvent; hashes: string[] }>()

  /** From here on others count. */
  clear(): void {
    this.#lacking.clear()
  }

  /** Remembers which of these messages were told without some of their files. */
  told(events: readonly NostrEvent[], views: readonly ConversationEvent[]): void {
    const found = new Map(views.map(({ id, files }) => [id, files]))
    for (const event of events) {
      const { id, kind, tags } = event
      const mayHave = kind === FILE_KIND || tags.some(([name]) => name === 'imeta')
      const known = new Set((found.get(id) ?? []).map(({ hash }) => hash))
      const hashes = mayHave ? parseFiles(event).map(({ hash }) => hash) : []
      const missing = hashes.filter((hash) => !known.has(hash))
      if (missing.length > 0) this.#lacking.set(id, { event, hashes: missing })
      else this.#lacking.delete(id)
    }
    for (const id of this.#lacking.keys()) {
      if (this.#lacking.size <= MOST) break
      this.#lacking.delete(id)
    }
  }

  /**
   * Messages of which something more can be told.
   * @param changed hashes of files that changed; null for any
   * @param isKnown whether a file is known by now
   */
  ready(changed: ReadonlySet<string> | null, isKnown: (hash: string) => boolean): NostrEvent[] {
    const events: NostrEvent[] = []
    for (const { event, hashes } of this.#lacking.values()) {
      const came = (hash: string): boolean => (changed?.has(hash) ?? true) && isKnown(hash)
      if (hashes.some(came)) events.push(event)
    }
    return events
  }
}
