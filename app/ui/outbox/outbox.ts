import { HypertunaError } from '../../../protocol/errors.ts'
import { fileLink, extensionFor } from '../../../protocol/ids.ts'
import { mimeFor, plainMime } from '../../../protocol/mime.ts'
import type { PostFile } from '../../../protocol/rpc/generated/types.ts'
import { chosen, type ChosenFile } from '../intake/choose.ts'
import { formatSize } from '../format.ts'
import { hashFile } from '../intake/hash-file.ts'
import { firstLook } from '../intake/first-look.ts'
import type { Session } from '../session/session.ts'
import { Value } from '../session/store.ts'
import { copy, explain } from '../strings.ts'
import { isMoving, isPassing, lacksFiles, type Outgoing, type OutgoingFile } from './outgoing.ts'
import { bytesOf } from './bytes-of.ts'
import { storeByPath, type Watched } from './by-path.ts'
import { Pace } from './pace.ts'
import { Turns } from './turns.ts'
import { Unsent } from './unsent.ts'

const WORDS = 9
const FILE_ALONE = 1063
const FILES_AT_ONCE = 2
/** An event's largest size, in bytes */
const MOST_BYTES = 256 * 1024

/** What a group's links are made from. */
export interface LinkFacts {
  publicIdentifier: string
  gateway: string | null
}

/**
 * Messages on their way: each file hashed here, streamed to the worker, and then the message
 * posted. A dropped session is waited for; hashes that are known are not computed again. What is
 * not sent outlives the page, without the bytes of its files.
 */
export class Outbox {
  readonly items = new Value<readonly Outgoing[]>([])
  readonly #session: Session
  readonly #linkFacts: (relayKey: string) => LinkFacts | null
  readonly #running = new Map<string, AbortController>()
  readonly #turns = new Turns(FILES_AT_ONCE)
  readonly #unsent = new Unsent()

  constructor(session: Session, linkFacts: (relayKey: string) => LinkFacts | null) {
    this.#session = session
    this.#linkFacts = linkFacts
    this.items.subscribe(() => this.#unsent.keep(this.items.get()))
    this.#unsent.adopt((found) => this.items.set([...found, ...this.items.get()]))
    session.onopen(() => {
      for (const item of this.items.get()) if (item.phase === 'waiting') this.retry(item.id)
    })
  }

  send(
    relayKey: string,
    content: string,
    files: ChosenFile[],
    replyTo: string | null = null
  ): void {
    const id = crypto.randomUUID()
    const item: Outgoing = {
      id,
      relayKey,
      content,
      createdAt: Math.floor(Date.now() / 1000),
      files: files.map(outgoingFile),
      replyTo,
      phase: 'sending',
      problem: null,
      eventId: null,
      asked: false,
      restored: false
    }
    this.items.set([...this.items.get(), item])
    void this.#run(id)
  }

  /** Whether closing the page would lose something that it alone has. */
  wouldLose(): boolean {
    const running = this.items.get().some(({ phase, files }) => {
      if (phase === 'sending') return files.some((file) => file.phase !== 'stored')
      return phase === 'waiting' && files.some((file) => isMoving(file) || file.phase === 'waiting')
    })
    return running || !this.#unsent.whole
  }

  /** Gives a message back a file whose bytes went with an earlier page, and sends it if it can. */
  addAgain(id: string, fileId: string, file: File): void {
    const { name, mime, size, phase } = outgoingFile(chosen(file))
    const fresh = { hash: null, dim: null, thumbhash: null }
    this.#changeFile(id, fileId, { file, name, mime, size, phase, ...fresh })
    const item = this.#find(id)
    if (item && !lacksFiles(item)) this.retry(id)
  }

  retry(id: string): void {
    if (this.#running.has(id)) return
    this.#change(id, { phase: 'sending', problem: null })
    void this.#run(id)
  }

  /** Stops a message and takes it off the list. What the worker stored of it stays unpublished. */
  cancel(id: string): void {
    this.#running.get(id)?.abort()
    this.forget(id)
  }

  /**
   * Takes one file out of a message; the other files go on. Words that came with the only file
   * are held back until the writer says what is to become of them.
   */
  cancelFile(id: string, fileId: string): void {
    const item = this.#find(id)
    if (!item) return
    const files = item.files.filter((file) => file.id !== fileId)
    this.#running.get(id)?.abort()
    this.#running.delete(id)
    if (files.length === 0 && item.content === '') return this.forget(id)
    if (files.length === 0) {
      return this.#change(id, { files, phase: 'failed', problem: copy.conversation.fileCancelled })
    }
    this.#change(id, { files, phase: 'sending', problem: null })
    void this.#run(id)
  }

  /** Called when a posted message has shown up in the conversation. */
  forget(id: string): void {
    this.items.set(this.items.get().filter((item) => item.id !== id))
  }

  async #run(id: string): Promise<void> {
    const abort = new AbortController()
    this.#running.set(id, abort)
    try {
      const item = this.#find(id)
      if (!item) return
      checkLength(item.content)
      const pending = item.files.filter((file) => file.phase !== 'stored')
      await Promise.all(
        pending.map((file) =>
          this.#turns.take(abort.signal, () => this.#store(item, file, abort.signal))
        )
      )
      abort.signal.throwIfAborted()
      await this.#post(id)
    } catch (error) {
      // Ending the others of this message: one that fails holds the whole message back
      if (!abort.signal.aborted) this.#failed(id, HypertunaError.from(error))
      abort.abort()
    } finally {
      if (this.#running.get(id) === abort) this.#running.delete(id)
    }
  }

  async #store(item: Outgoing, chosen: OutgoingFile, signal: AbortSignal): Promise<void> {
    const change = (next: Partial<OutgoingFile>) => {
      if (!signal.aborted) this.#changeFile(item.id, chosen.id, next)
    }
    const { file, name, mime } = chosen
    if (file === null) throw new HypertunaError('SOURCE_UNREADABLE', copy.conversation.addAgain)
    if (chosen.dim === null) change(await firstLook(file, mime, signal))
    signal.throwIfAborted()
    const path = this.#session.host.paths?.of(file) ?? null
    const wish = { relayKey: item.relayKey, name, mime }
    if (path === null) await this.#send(file, chosen.hash, wish, { signal, change })
    else await storeByPath(this.#session, { ...wish, path, size: file.size }, { signal, change })
    change({ phase: 'stored', done: file.size, rate: 0 })
  }

  /** Hashes a file here and streams it to the worker, which could not read it by itself. */
  async #send(
    file: File,
    known: string | null,
    wish: { relayKey: string; name: string; mime: string | null },
    { signal, change }: Watched
  ): Promise<void> {
    let hash = known
    if (hash === null) {
      change({ phase: 'hashing', done: 0 })
      const pace = new Pace()
      hash = await hashFile(file, signal, (done) => pace.tick(done, () => change({ done })))
      change({ hash })
    }
    const pace = new Pace()
    change({ phase: 'sending', done: 0, rate: 0 })
    await this.#session
      .client()
      .storeFile({ ...wish, size: file.size, fileHash: hash }, bytesOf(file), {
        signal,
        onprogress: (done) => pace.tick(done, (rate) => change({ done, rate }))
      })
  }

  async #post(id: string): Promise<void> {
    const item = this.#find(id)
    if (!item) return
    const { relayKey, content, replyTo } = item
    const facts = this.#linkFacts(relayKey)
    const alone = content === '' && item.files.length === 1 && replyTo === null
    this.#change(id, { asked: true })
    const { eventId } = await this.#session.call('post', {
      relayKey,
      content,
      kind: alone ? FILE_ALONE : WORDS,
      files: item.files.map((file) => postFile(file, facts)),
      replyTo,
      postId: id,
      again: item.asked
    })
    this.#change(id, { phase: 'posted', eventId })
  }

  #failed(id: string, error: HypertunaError): void {
    const item = this.#find(id)
    if (!item) return
    const waiting = isPassing(error)
    this.#change(id, {
      phase: waiting ? 'waiting' : 'failed',
      problem: waiting ? null : explain(error),
      files: item.files.map((file) =>
        file.phase === 'stored' || file.file === null
          ? file
          : { ...file, phase: waiting ? 'waiting' : 'failed', rate: 0 }
      )
    })
    // The session may have come back while this was failing, with a worker that is starting
    if (waiting && this.#session.link.get() === 'open') setTimeout(() => this.retry(id), 1000)
  }

  #find(id: string): Outgoing | undefined {
    return this.items.get().find((item) => item.id === id)
  }

  #change(id: string, change: Partial<Outgoing>): void {
    this.items.set(this.items.get().map((item) => (item.id === id ? { ...item, ...change } : item)))
  }

  #changeFile(id: string, fileId: string, change: Partial<OutgoingFile>): void {
    const files = this.#find(id)?.files.map((file) =>
      file.id === fileId ? { ...file, ...change } : file
    )
    if (files) this.#change(id, { files })
  }
}

/** What is too long even without its signature is not worth streaming files for. */
function checkLength(content: string): void {
  const size = new TextEncoder().encode(content).byteLength
  if (size <= MOST_BYTES) return
  const message = copy.conversation.tooLong(formatSize(size), formatSize(MOST_BYTES))
  throw new HypertunaError('TOO_LARGE', message)
}

function outgoingFile(chosen: ChosenFile): OutgoingFile {
  const mime = plainMime(chosen.file.type) ?? mimeFor(chosen.name)
  const size = chosen.file.size
  const facts = { hash: null, dim: null, thumbhash: null }
  return { ...chosen, size, mime, phase: 'waiting', done: 0, rate: 0, ...facts }
}

function postFile(file: OutgoingFile, facts: LinkFacts | null): PostFile {
  const { hash, name, mime, dim, thumbhash, path } = file
  if (hash === null) throw new HypertunaError('INTERNAL', 'A file was posted before it was hashed')
  const extension = extensionFor(mime, name)
  const fileUrl = facts && fileLink(facts.gateway, facts.publicIdentifier, hash, extension)
  return { hash, name, mime, dim, thumbhash, path, fileUrl }
}
