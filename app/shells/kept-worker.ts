/** A worker that is kept running, however it is started, and reached by sessions. */
import ReadyResource from 'ready-resource'
import type { Duplex } from 'streamx'
import { HypertunaError } from '../../protocol/errors.ts'
import { createSessionPipe, openSession, type SessionPipe } from '../../protocol/rpc/session.ts'
import type { Log } from './log.ts'
import { settlesWithin } from './patience.ts'

/** Milliseconds before the first and the longest wait for a restart, and to end. */
const FIRST_WAIT = 250
const LONGEST_WAIT = 30_000
const CLOSE_PATIENCE = 4000
const KILL_PATIENCE = 500
/** A worker that ran this long was sound: the next wait is short again. */
const SOUND_AFTER = 60_000

/** A worker that was started a moment ago, in whatever way a shell has. */
export interface Launched {
  /** Carries sessions; its failures are told by `exited`. */
  readonly pipe: Duplex
  /** The code that it ended with; it never rejects. */
  readonly exited: Promise<number>
  /** Ends it whatever it does; settles when that was tried. */
  kill(): Promise<unknown>
}

/** @throws when it cannot be started now */
export type Launch = () => Launched

interface Running extends Launched {
  readonly sessions: SessionPipe
}

/**
 * Emits `start` with each worker, the first and every restarted one, and `exit`
 * with its code. A crash is followed by a restart, after a wait that doubles.
 */
export class KeptWorker extends ReadyResource {
  private readonly launch: Launch
  private readonly log: Log
  private running: Running | null = null
  private wait = FIRST_WAIT
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(launch: Launch, log: Log) {
    super()
    this.launch = launch
    this.log = log
  }

  /** A new session with the worker. @throws CLOSED while it is down */
  openSession(): Duplex {
    if (this.running === null) {
      throw new HypertunaError('CLOSED', 'The worker is not running; it will be started again')
    }
    return openSession(this.running.sessions.mux)
  }

  override async _open(): Promise<void> {
    this.start()
  }

  /** Ends the pipe, on which the worker closes by itself; insists when it does not. */
  override async _close(): Promise<void> {
    clearTimeout(this.timer)
    const { running } = this
    if (running === null) return
    void running.sessions.close()
    if (await settlesWithin(running.exited, CLOSE_PATIENCE)) return
    this.log('worker-stuck', { terminated: true })
    await settlesWithin(running.kill(), KILL_PATIENCE)
    if (this.running !== null) this.onleft()
  }

  /** It does not end by any means that we have. */
  protected onleft(): void {}

  private start(): void {
    const since = Date.now()
    const launched = this.launch()
    this.running = { ...launched, sessions: createSessionPipe(launched.pipe) }
    void launched.exited.then((code) => this.onexit(code, Date.now() - since))
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
