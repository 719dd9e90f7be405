import { useEffect, useState } from 'react'
import type { ConversationEvent, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { previewOf } from '../parts/media.ts'
import type { Session } from '../session/session.ts'
import { useApp } from './app.ts'

const KEPT = 2000
const AT_ONCE = 4

/**
 * What events say of how their pictures look. The list of files does not tell it, for it would be
 * long with it: the event of a file is asked for when that is in sight.
 */
class FirstLooks {
  readonly #known = new Map<string, string | null>()
  readonly #asked = new Map<string, Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  get(hash: string): string | null | undefined {
    return this.#known.get(hash)
  }

  tell({ hash, thumbhash }: SharedFile): void {
    this.#known.set(hash, thumbhash ?? null)
    if (this.#known.size <= KEPT) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  /** Resolves when it is known, or cannot be. */
  ask(session: Session, relayKey: string, { hash, eventId }: SharedFile): Promise<void> {
    let asked = this.#asked.get(eventId)
    if (asked === undefined) {
      asked = this.#turn(() => session.call('message', { relayKey, eventId }))
        .then(
          ({ files }) => files.forEach((file) => this.tell(file)),
          () => {} // it was deleted, or there is no session now: the icon stays
        )
        .finally(() => {
          this.#asked.delete(eventId)
          if (!this.#known.has(hash)) this.#known.set(hash, null)
        })
      this.#asked.set(eventId, asked)
    }
    return asked
  }

  async #turn(job: () => Promise<ConversationEvent>): Promise<ConversationEvent> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go))
    this.#running++
    try {
      return await job()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}

const looks = new FirstLooks()

/** The thumbhash of a picture or a film; null where there is none, or while it is not wanted. */
export function useFirstLook(file: SharedFile, wanted: boolean): string | null {
  const { session, router } = useApp()
  const { hash } = file
  const [, again] = useState(0)
  const told = file.thumbhash ?? looks.get(hash)
  const kind = previewOf(file.mime)
  const pictured = kind === 'image' || kind === 'video' || kind === 'pdf'
  const missing = wanted && !file.here && pictured && told === undefined
  useEffect(() => {
    const { relayKey } = router.route.get()
    if (!missing || relayKey === null) return
    let left = false
    void looks.ask(session, relayKey, file).then(() => !left && again((count) => count + 1))
    return () => {
      left = true
    }
  }, [session, router, hash, missing])
  return wanted ? (told ?? null) : null
}
