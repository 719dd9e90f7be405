import type { ConversationEvent, Relay } from '../../../protocol/rpc/generated/types.ts'
import { personName } from '../parts/names.tsx'
import { plainName, plainWords } from '../plain-text.ts'
import type { Session } from '../session/session.ts'
import { Value } from '../session/store.ts'
import { copy } from '../strings.ts'
import { relayListFeed, statusFeed } from './feeds.ts'
import { keep } from './keep.ts'

const KEY = 'hypertuna.notify'
const MOST_WORDS = 140
/** Of a group, so that a few lines that are not words do not hide the one that is */
const LOOK = 5
const PATIENCE = 10_000
/** Chat, a file alone, notes and threads */
const WORDS: ReadonlySet<number> = new Set([1, 9, 11, 1063, 1111])

/** Tells of new messages by the system's notifications, while nobody looks at this window. */
export class Notifier {
  readonly on = new Value(allowed() && localStorage.getItem(KEY) === 'on')
  readonly #session: Session
  readonly #open: (relayKey: string) => void
  readonly #told = new Map<string, number>()

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

  #look({ relayKey, lastEventAt, name }: Relay): void {
    const before = this.#told.get(relayKey)
    this.#told.set(relayKey, Math.max(before ?? 0, lastEventAt))
    if (before === undefined || lastEventAt <= before) return
    if (!this.on.get() || !document.hidden) return
    const limit = LOOK
    let stop: () => void = () => {}
    const timer = setTimeout(() => stop(), PATIENCE)
    const done = (): void => {
      clearTimeout(timer)
      stop()
    }
    stop = this.#session.follow(
      'conversation',
      { relayKey, limit },
      ({ events }) => {
        queueMicrotask(done)
        this.#tell({ relayKey, name }, events.filter((event) => event.createdAt > before).at(-1))
      },
      done
    )
  }

  #tell(group: { relayKey: string; name: string }, event: ConversationEvent | undefined): void {
    const self = statusFeed(this.#session).get().value?.pubkey
    if (event === undefined || event.pubkey === self || !WORDS.has(event.kind)) return
    const body = bodyOf(event)
    const shown = new Notification(plainName(group.name), { body, tag: group.relayKey })
    shown.onclick = () => {
      window.focus()
      this.#open(group.relayKey)
      shown.close()
    }
  }
}

function bodyOf({ pubkey, name, content, files }: ConversationEvent): string {
  const words = plainWords(content).replace(/\s+/g, ' ').trim().slice(0, MOST_WORDS)
  const from = personName(pubkey, name)
  return words === '' ? copy.notify.files(from, files.length) : copy.notify.message(from, words)
}

function allowed(): boolean {
  return 'Notification' in globalThis && Notification.permission === 'granted'
}
