/** A member without a face: the worker in a thread, and nothing else. */
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import { createClient } from '../../protocol/rpc/client.ts'
import type { Status } from '../../protocol/rpc/generated/types.ts'
import { keptFacts } from './kept-facts.ts'
import type { Log } from './log.ts'
import { Notices } from './notices.ts'
import { wakeAfterGaps } from './sleep.ts'
import { UserConfig } from './user-config.ts'
import { WorkerThread } from './worker-thread.ts'

export interface HeadlessOptions {
  storage: string
  /** The worker's arguments. */
  argv: string[]
  /** What the member is called from now on; null leaves it. */
  name: string | null
  localPort: number | null
  /** The worker's compiled main file. */
  workerEntry: URL
  log: Log
}

/** Emits `status` with each one of the worker's, and `notice` with a sentence to read. */
export class Headless extends ReadyResource {
  readonly worker: WorkerThread
  readonly #userConfig: UserConfig
  readonly #notices: Notices
  #name: string | null
  readonly #log: Log

  constructor({ storage, argv, name, localPort, workerEntry, log }: HeadlessOptions) {
    super()
    this.#name = name
    this.#log = log
    this.#userConfig = new UserConfig(storage)
    this.#notices = new Notices(localPort, (text) => this.emit('notice', text))
    this.worker = new WorkerThread(workerEntry, argv, log)
    this.worker.on('start', () => this.#follow())
  }

  /** @throws BAD_CONFIG for a `user-config.json` that is wrong */
  override async _open(): Promise<void> {
    if (this.#name === null) await this.#userConfig.read()
    await this.worker.ready()
    wakeAfterGaps(this.worker, this.#log)
  }

  override async _close(): Promise<void> {
    await this.worker.close()
    await this.#userConfig.settled()
  }

  /** The name is said to each worker anew: it keeps none. */
  #follow(): void {
    const client = createClient(this.worker.openSession())
    const keep = keptFacts(this.#userConfig, this.#log)
    let introduced = false
    const onstatus = (status: Status): void => {
      this.#notices.read(status)
      this.emit('status', status)
      keep(status)
      if (status.driveKey === '' || introduced) return
      introduced = true
      void this.#introduce((name) => client.call('setName', { name }))
    }
    client.subscribe('status', {}, onstatus, (err) => {
      if (err !== null && err.code !== 'CLOSED') this.#log('status-failed', { ...err.toJSON() })
    })
  }

  /** A name of the command line is said once: a later one, by another face, outlives it. */
  async #introduce(say: (name: string) => Promise<unknown>): Promise<void> {
    try {
      if (this.#name !== null) await this.#userConfig.update({ displayName: this.#name })
      this.#name = null
      const { displayName } = await this.#userConfig.read()
      if (displayName !== '') await say(displayName)
    } catch (err) {
      this.#log('introduction-failed', { ...HypertunaError.from(err).toJSON() })
    }
  }
}
