import { HypertunaError } from '../../../protocol/errors.ts'
import { mimeFor, plainMime } from '../../../protocol/mime.ts'
import type { ChosenFile } from '../intake/choose.ts'
import { firstLook } from '../intake/first-look.ts'
import { hashOneOfMany } from '../intake/hash-file.ts'
import type { Session } from '../session/session.ts'
import { Value } from '../session/store.ts'
import type { Notices } from '../state/notices.ts'
import { copy, explain } from '../strings.ts'
import { bytesOf } from './bytes-of.ts'
import { storeByPath, type Change } from './by-path.ts'
import type { FolderJob } from './folder-job.ts'
import { isPassing } from './outgoing.ts'
import { Pace } from './pace.ts'

/** Many small files are a matter of waiting for answers */
const AT_ONCE = 4
/** NIP-94: a file with nothing said beside it */
const FILE_ALONE = 1063

interface Running {
  files: ChosenFile[]
  abort: AbortController
  /** Bytes of files that are done, and of those under way by their place */
  settled: number
  moving: Map<string, number>
  pace: Pace
  /** Files, by their place, that the worker was asked to post: it may have done so unheard */
  asked: Set<string>
}

/** Takes folders in by the pipe, a few files at a time, and goes on after a lost connection. */
export class FolderIntake {
  readonly jobs = new Value<readonly FolderJob[]>([])
  readonly #session: Session
  readonly #notices: Notices
  readonly #running = new Map<string, Running>()

  constructor(session: Session, notices: Notices) {
    this.#session = session
    this.#notices = notices
    session.onopen(() => {
      for (const job of this.jobs.get()) if (job.phase === 'waiting') this.retry(job.id)
    })
  }

  add(relayKey: string, name: string, files: ChosenFile[]): void {
    const id = crypto.randomUUID()
    const size = files.reduce((sum, { file }) => sum + file.size, 0)
    const counts = { items: files.length, done: 0, skipped: 0, size, moved: 0, rate: 0 }
    const job: FolderJob = { id, relayKey, name, ...counts, phase: 'running', problem: null }
    const abort = new AbortController()
    const none = { settled: 0, moving: new Map<string, number>(), asked: new Set<string>() }
    this.#running.set(id, { files: [...files], abort, pace: new Pace(), ...none })
    this.jobs.set([...this.jobs.get(), job])
    void this.#run(id)
  }

  /** Whether closing the page would lose files that are not in the group yet. */
  wouldLose(): boolean {
    return this.jobs.get().some(({ phase }) => phase !== 'failed')
  }

  retry(id: string): void {
    const running = this.#running.get(id)
    if (running === undefined) return
    running.abort = new AbortController()
    this.#change(id, { phase: 'running', problem: null })
    void this.#run(id)
  }

  /** What is in the group by then stays there. */
  cancel(id: string): void {
    this.#running.get(id)?.abort.abort()
    this.#running.delete(id)
    this.jobs.set(this.jobs.get().filter((job) => job.id !== id))
  }

  async #run(id: string): Promise<void> {
    const running = this.#running.get(id)
    if (running === undefined) return
    const { signal } = running.abort
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(id, running, signal)))
      const job = this.#find(id)
      this.#running.delete(id)
      this.jobs.set(this.jobs.get().filter((one) => one.id !== id))
      if (job !== undefined && !signal.aborted) this.#say(job)
    } catch (error) {
      if (signal.aborted) return
      running.abort.abort()
      this.#failed(id, HypertunaError.from(error))
    }
  }

  #say({ name, done, skipped }: FolderJob): void {
    const words = copy.addFolder.done(name, done - skipped)
    if (skipped === 0) this.#notices.say(words)
    else this.#notices.say(`${words} ${copy.addFolder.skipped(skipped)}`, 'danger')
  }

  async #work(id: string, running: Running, signal: AbortSignal): Promise<void> {
    for (;;) {
      const chosen = running.files.shift()
      if (chosen === undefined || signal.aborted) return
      try {
        await this.#take(id, chosen, running, signal)
        this.#settle(id, running, chosen, false)
      } catch (error) {
        running.moving.delete(chosen.id)
        if (signal.aborted) return void running.files.unshift(chosen)
        if (HypertunaError.from(error).code !== 'SOURCE_UNREADABLE') {
          running.files.unshift(chosen)
          throw error
        }
        this.#settle(id, running, chosen, true)
      }
    }
  }

  async #take(
    id: string,
    { id: place, file, name, path }: ChosenFile,
    running: Running,
    signal: AbortSignal
  ): Promise<void> {
    const relayKey = this.#find(id)?.relayKey ?? ''
    const mime = plainMime(file.type) ?? mimeFor(name)
    const onprogress = (done: number) => {
      running.moving.set(place, done)
      const moved = running.settled + [...running.moving.values()].reduce((a, b) => a + b, 0)
      running.pace.tick(moved, (rate) => this.#change(id, { moved, rate }))
    }
    // A look at the picture takes no longer than reading its bytes does
    const [look, hash] = await Promise.all([
      firstLook(file, mime, signal),
      this.#store({ relayKey, name, mime }, file, { signal, onprogress })
    ])
    signal.throwIfAborted()
    const files = [{ hash, name, mime, path, ...look }]
    const again = running.asked.has(place)
    running.asked.add(place)
    const post = { relayKey, content: '', kind: FILE_ALONE, files }
    await this.#session.call('post', { ...post, postId: `${id}-${place}`, again })
  }

  /** By its path where the worker can read it; else through the pipe. Resolves with the hash. */
  async #store(
    wish: { relayKey: string; name: string; mime: string | null },
    file: File,
    { signal, onprogress }: { signal: AbortSignal; onprogress: (done: number) => void }
  ): Promise<string> {
    const { size } = file
    const path = this.#session.host.paths?.of(file) ?? null
    if (path !== null) {
      const change = ({ done }: Change) => done !== undefined && onprogress(done)
      return storeByPath(this.#session, { ...wish, path, size }, { signal, change })
    }
    const fileHash = await hashOneOfMany(file, signal)
    await this.#session
      .client()
      .storeFile({ ...wish, size, fileHash }, bytesOf(file), { signal, onprogress })
    return fileHash
  }

  #settle(id: string, running: Running, { id: place, file }: ChosenFile, skipped: boolean): void {
    running.moving.delete(place)
    running.settled += file.size
    const job = this.#find(id)
    if (job === undefined) return
    const done = job.done + 1
    this.#change(id, {
      done,
      skipped: job.skipped + Number(skipped),
      moved: Math.max(job.moved, running.settled)
    })
  }

  #failed(id: string, error: HypertunaError): void {
    const waiting = isPassing(error)
    const problem = waiting ? null : explain(error)
    this.#change(id, { phase: waiting ? 'waiting' : 'failed', problem, rate: 0 })
    // The session may have come back while this was failing, with a worker that is starting
    if (waiting && this.#session.link.get() === 'open') setTimeout(() => this.retry(id), 1000)
  }

  #find(id: string): FolderJob | undefined {
    return this.jobs.get().find((job) => job.id === id)
  }

  #change(id: string, change: Partial<FolderJob>): void {
    this.jobs.set(this.jobs.get().map((job) => (job.id === id ? { ...job, ...change } : job)))
  }
}
