import { Value } from '../session/store.ts'
import { keep } from './keep.ts'
import type { ChosenFile } from '../intake/choose.ts'
import type { Mentioned } from '../screens/mention-text.ts'

/** The message that is being answered. */
export interface ReplyTo {
  id: string
  pubkey: string
  name: string | null
  words: string
}

export interface Draft {
  words: string
  files: ChosenFile[]
  /** Of this page alone */
  replyTo: ReplyTo | null
  mentioned: Mentioned[]
}

const EMPTY: Draft = { words: '', files: [], replyTo: null, mentioned: [] }
const KEY = 'hypertuna.draft.'

/** What is being written in each group. Words survive a reload; chosen files only this page. */
export class Drafts {
  readonly #drafts = new Map<string, Value<Draft>>()

  of(relayKey: string): Value<Draft> {
    let draft = this.#drafts.get(relayKey)
    if (!draft) {
      const words = localStorage.getItem(KEY + relayKey) ?? ''
      draft = new Value<Draft>(words === '' ? EMPTY : { ...EMPTY, words })
      this.#drafts.set(relayKey, draft)
    }
    return draft
  }

  change(relayKey: string, change: Partial<Draft>): void {
    const draft = this.of(relayKey)
    const next = { ...draft.get(), ...change }
    draft.set(next)
    if (next.words === '') localStorage.removeItem(KEY + relayKey)
    else keep(KEY + relayKey, next.words)
  }

  /** Whether closing the page would lose files that were chosen and not sent. */
  wouldLose(): boolean {
    return [...this.#drafts.values()].some((draft) => draft.get().files.length > 0)
  }

  clear(relayKey: string): void {
    this.change(relayKey, EMPTY)
  }
}
