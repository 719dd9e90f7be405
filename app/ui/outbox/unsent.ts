import { keep } from '../state/keep.ts'
import type { Outgoing, OutgoingFile } from './outgoing.ts'

/** Each page keeps its messages under a name of its own: `hypertuna.unsent.<page>.<message>` */
const PREFIX = 'hypertuna.unsent.'
/** Characters of all messages of one page; browsers give an origin about five million */
const MOST_KEPT = 2_000_000

type KeptFile = Pick<
  OutgoingFile,
  'id' | 'name' | 'path' | 'mime' | 'size' | 'hash' | 'dim' | 'thumbhash'
>
type KeptMessage = Pick<Outgoing, 'id' | 'relayKey' | 'content' | 'createdAt' | 'problem'> & {
  /** Earlier versions kept neither */
  replyTo?: string | null
  asked?: boolean
  files: KeptFile[]
}

/**
 * What has not been sent, kept beyond the page. A file's bytes cannot be: only its name and, once
 * the worker has it, its hash. A page that is open holds a lock; what it left belongs to the next
 * one that gets the lock, so two windows never send one message twice.
 */
export class Unsent {
  readonly #page = crypto.randomUUID()
  readonly #written = new Map<string, string>()
  /** False while something is kept by this page alone */
  whole = true

  constructor() {
    hold(PREFIX + this.#page, () => new Promise<void>(() => {}))
  }

  /** Gives what other pages left: now, or when they are closed. */
  adopt(onfound: (items: Outgoing[]) => void): void {
    const pages = new Set(keys().map((key) => key.slice(PREFIX.length).split('.')[0]))
    pages.delete(this.#page)
    for (const page of pages) {
      hold(PREFIX + page, async () => {
        const left = keys().filter((key) => key.startsWith(`${PREFIX}${page}.`))
        const items = left.flatMap((key) => read(localStorage.getItem(key)) ?? [])
        for (const key of left) localStorage.removeItem(key)
        if (items.length > 0) onfound(items.sort((a, b) => a.createdAt - b.createdAt))
      })
    }
  }

  /** Keeps these and forgets all others. */
  keep(items: readonly Outgoing[]): void {
    const open = items.filter(({ phase }) => phase !== 'posted')
    const ids = new Set(open.map(({ id }) => id))
    for (const id of [...this.#written.keys()]) {
      if (ids.has(id)) continue
      localStorage.removeItem(this.#key(id))
      this.#written.delete(id)
    }
    let room = MOST_KEPT
    this.whole = true
    for (const item of open) {
      const text = JSON.stringify(keptOf(item))
      room -= text.length
      const known = this.#written.get(item.id) === text
      if (known || (room >= 0 && keep(this.#key(item.id), text))) this.#written.set(item.id, text)
      else this.whole = false
    }
  }

  #key(id: string): string {
    return `${PREFIX}${this.#page}.${id}`
  }
}

function hold(name: string, job: () => Promise<void>): void {
  navigator.locks.request(name, job).catch((error: unknown) => {
    console.warn('What was not sent could not be restored', error)
  })
}

function keys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))
}

function keptOf({
  id,
  relayKey,
  content,
  createdAt,
  problem,
  replyTo,
  asked,
  files
}: Outgoing): KeptMessage {
  return {
    id,
    relayKey,
    content,
    createdAt,
    problem,
    replyTo,
    asked,
    files: files.map(({ id, name, path, mime, size, hash, dim, thumbhash, phase }) => ({
      id,
      name,
      path,
      mime,
      size,
      hash: phase === 'stored' ? hash : null,
      dim,
      thumbhash
    }))
  }
}

/** A kept message, no longer on its way; null if an earlier version kept it in another shape. */
function read(text: string | null): Outgoing | null {
  try {
    const kept = JSON.parse(text ?? '') as KeptMessage
    if (typeof kept.content !== 'string' || !Array.isArray(kept.files)) return null
    const files = kept.files.map((file): OutgoingFile => ({
      ...file,
      thumbhash: file.thumbhash ?? null,
      file: null,
      phase: file.hash === null ? 'gone' : 'stored',
      done: 0,
      rate: 0
    }))
    const { replyTo = null, asked = true } = kept
    return { ...kept, replyTo, asked, files, phase: 'failed', eventId: null, restored: true }
  } catch {
    return null // cut off, or not ours
  }
}
