/**
 * The worker in a thread of this process: started by its path, kept running, and
 * reached by sessions over its pipe.
 */
import ReadyResource from 'ready-resource'
import Worker from 'bare-worker'
import type { Duplex } from 'streamx'
import { HypertunaError } from '../../protocol/errors.ts'
import { createSessionPipe, openSession, type SessionPipe } from '../../protocol/rpc/session.ts'
import type { Log } from './log.ts'
import { settlesWithin } from './patience.ts'

/** Milliseconds before the first and the longest wait for a restart, and to end. */
const FIRST_WAIT = 250
const LONGEST_WAIT = 30_000
const CLOSE_PATIENCE = 4000
/** A worker that ran this long was sound: the next wait is short again. */
const SOUND_AFTER = 60_000

interface Running {
  readonly thread: Worker
  readonly pipe: SessionPipe
  readonly exited: Promise<number>
}

/** Emits `start` with each thread, the first and every restarted one. */
export class WorkerThread extends ReadyResource {
  private readonly entry: URL
  private readonly argv: string[]
  private readonly log: Log
  private running: Running | null = null
  private wait = FIRST_WAIT
  private timer: ReturnType<typeof setTimeout> | undefined

  /** @param entry the worker's compiled main file */
  constructor(entry: URL, argv: string[], log: Log) {
    super()
    this.entry = entry
    this.argv = argv
    this.log = log
  }

  /** A new session with the worker. @throws CLOSED while it is down */
  openSession(): Duplex {
    if (this.running === null) {
      throw new HypertunaError('CLOSED', 'The worker is not running; it will be started again')
    }
    return openSession(this.running.pipe.mux)
  }

  override async _open(): Promise<void> {
    this.start()
  }

  /** Ends the pipe, on which the worker closes by itself; insists when it does not. */
  override async _close(): Promise<void> {
    clearTimeout(this.timer)
    const { running } = this
    if (running === null) return
    void running.pipe.close()
    if (await settlesWithin(running.exited, CLOSE_PATIENCE)) return
    this.log('worker-stuck', { terminated: true })
    await settlesWithin(running.thread.terminate(), 500)
  }

  private start(): void {
    const thread = new Worker(this.entry, { argv: this.argv })
    const since = Date.now()
    thread.on('error', (err: unknown) => this.log('worker-failed', { reason: String(err) }))
    thread.IPC.on('error', () => undefined) // 'exit' follows
    const exited = new Promise<number>((resolve) =>
      thread.on('exit', (code) => resolve(Number(code)))
    )
    this.running = { thread, pipe: createSessionPipe(thread.IPC), exited }
    void exited.then((code) => this.onexit(code, Date.now() - since))
    this.log('worker-started')
    this.emit('start')
  }

  private onexit(code: number, ranFor: number): void {
    this.running = null
    this.log('worker-exited', { code })
    this.emit('exit', code)
    if (this.closing !== null) return
    if (ranFor > SOUND_AFTER) this.wait = FIRST_WAIT
    this.restart()
  }

  private restart(): void {
    this.log('worker-restarts', { inMilliseconds: this.wait })
    this.timer = setTimeout(() => {
      try {
        this.start()
      } catch (err) {
        this.log('worker-failed', { reason: String(err) }) // its files are being replaced
        this.restart()
      }
    }, this.wait)
    this.wait = Math.min(LONGEST_WAIT, this.wait * 2)
  }
}
