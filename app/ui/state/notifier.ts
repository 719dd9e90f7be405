import type { Relay } from '../../../protocol/rpc/generated/types.ts'
import { plainName } from '../plain-text.ts'
import { isHappening } from '../screens/happenings.ts'
import { lastLine } from '../screens/last-words.ts'
import type { Session } from '../session/session.ts'
import { Value } from '../session/store.ts'
import { copy } from '../strings.ts'
import { relayListFeed, statusFeed } from './feeds.ts'
import { keep } from './keep.ts'

const KEY = 'hypertuna.notify'
/** Between two notifications of one group, in ms: a folder of photos is told as one, not as each */
const APART = 3000

/** Tells of new messages by the system's notifications, while nobody looks at this window. */
export class Notifier {
  readonly on = new Value(allowed() && localStorage.getItem(KEY) === 'on')
  readonly #session: Session
  readonly #open: (relayKey: string) => void
  readonly #told = new Map<string, number>()
  /** What was told of last, so that it is told again when there is more of it */
  readonly #shown = new Map<string, { at: number; files: number }>()
  /** Groups that were told of a moment ago, and what is to be told of them next */
  readonly #next = new Map<string, (() => void) | null>()

  /** @param open what a press on a notification does */
  constructor(session: Session, open: (relayKey: string) => void) {
    this.#session = session
    this.#open = open
    const feed = relayListFeed(session)
    feed.subscribe(() => {
      for (const relay of feed.get().value.relays) this.#look(relay)
    })
  }

  /** Turns it on, if the browser lets us, or off. */
  async set(on: boolean): Promise<'done' | 'refused' | 'absent'> {
    if (on && !('Notification' in globalThis)) return 'absent'
    if (on && (await Notification.requestPermission()) !== 'granted') return 'refused'
    keep(KEY, on ? 'on' : 'off')
    this.on.set(on)
    return 'done'
  }

  #look(relay: Relay): void {
    const { relayKey, lastEventAt, last, unread } = relay
    const before = this.#told.get(relayKey)
    this.#told.set(relayKey, Math.max(before ?? 0, lastEventAt))
    const files = last?.files ?? 0
    const shown = this.#shown.get(relayKey)
    const grown = shown?.at === lastEventAt && files > shown.files
    if (before === undefined || (lastEventAt <= before && !grown)) return
    if (!this.on.get() || !document.hidden) return
    // What was read elsewhere already, and who came and went, calls nobody
    if (!last || !unread || isHappening(last)) return
    const self = statusFeed(this.#session).get().value?.pubkey ?? null
    const line = last.pubkey === self ? null : lastLine(relay, self)
    if (line === null) return
    this.#shown.set(relayKey, { at: lastEventAt, files })
    this.#inTurn(relayKey, () => this.#tell(relay, copy.notify.message(line.by ?? '', line.words)))
  }

  /** At once, or what is the newest then a little later. */
  #inTurn(relayKey: string, tell: () => void): void {
    if (this.#next.has(relayKey)) {
      this.#next.set(relayKey, tell)
      return
    }
    tell()
    this.#next.set(relayKey, null)
    setTimeout(() => {
      const next = this.#next.get(relayKey) ?? null
      this.#next.delete(relayKey)
      if (next !== null && document.hidden) this.#inTurn(relayKey, next)
    }, APART)
  }

  #tell({ relayKey, name }: Relay, body: string): void {
    const shown = new Notification(plainName(name), { body, tag: relayKey })
    shown.onclick = () => {
      window.focus()
      this.#open(relayKey)
      shown.close()
    }
  }
}

function allowed(): boolean {
  return 'Notification' in globalThis && Notification.permission === 'granted'
}
