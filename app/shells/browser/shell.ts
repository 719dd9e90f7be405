import ReadyResource from 'ready-resource'
import { createClient } from '../../../protocol/rpc/client.ts'
import type { Status } from '../../../protocol/rpc/generated/types.ts'
import { keptFacts } from '../kept-facts.ts'
import type { Launched } from '../kept-worker.ts'
import type { Log } from '../log.ts'
import { settlesWithin } from '../patience.ts'
import { wakeAfterGaps } from '../sleep.ts'
import { workerArgs, type ShellArgs } from './args.ts'
import { Notices } from '../notices.ts'
import { PageServer } from './page-server.ts'
import { UserConfig } from '../user-config.ts'
import { WorkerThread } from '../worker-thread.ts'

/** How long the page waits for the worker's first word before it is shown anyway. */
const WORKER_PATIENCE = 15_000

export interface ShellOptions {
  readonly args: ShellArgs
  /** The worker's compiled main file. */
  readonly workerEntry: URL
  /** The built interface. */
  readonly pageFolder: string
  /** The worker that was started for these arguments already. */
  readonly started?: Launched | null
  readonly log: Log
}

/**
 * The app in a browser: the worker in a thread, and the page that shows it.
 * Emits `url` with a fresh URL whenever the one before was used, and `notice`
 * with a sentence for whoever started it.
 */
export class BrowserShell extends ReadyResource {
  readonly worker: WorkerThread
  readonly page: PageServer
  readonly userConfig: UserConfig
  private readonly log: Log
  private readonly notices: Notices
  private firstWord: Promise<void> = Promise.resolve()

  constructor({ args, workerEntry, pageFolder, started, log }: ShellOptions) {
    super()
    this.log = log
    this.notices = new Notices(args.localPort, (text) => this.emit('notice', text))
    this.userConfig = new UserConfig(args.storage)
    this.worker = new WorkerThread(workerEntry, workerArgs(args), log, started)
    this.page = new PageServer({
      port: args.port,
      folder: pageFolder,
      userConfig: this.userConfig,
      log,
      openSession: () => this.worker.openSession()
    })
    this.page.on('admitted', () => this.emit('url', this.page.url))
  }

  /** Where the page is opened, once. */
  get url(): string {
    return this.page.url
  }

  /** @throws PORT_IN_USE */
  override async _open(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.worker.on('exit', () => resolve())
      this.worker.on('start', () => this.watch(() => resolve()))
    })
    await this.worker.ready()
    try {
      await this.page.ready()
    } catch (err) {
      await this.worker.close()
      throw err
    }
    wakeAfterGaps(this.worker, this.log)
    this.firstWord = first
  }

  /** Settles at the worker's first word, or when it fails or takes too long. */
  async workerAnswers(): Promise<void> {
    await this.ready()
    await settlesWithin(this.firstWord, WORKER_PATIENCE)
  }

  override async _close(): Promise<void> {
    await this.page.close()
    await this.worker.close()
    await this.userConfig.settled()
  }

  /** Follows the worker's status: says what a person should know, keeps what is to be kept. */
  private watch(onfirst: () => void): void {
    const keep = keptFacts(this.userConfig, this.log)
    const onstatus = (status: Status): void => {
      this.notices.read(status)
      onfirst()
      keep(status)
    }
    createClient(this.worker.openSession()).subscribe('status', {}, onstatus, (err) => {
      if (err !== null && err.code !== 'CLOSED') this.log('status-failed', { ...err.toJSON() })
    })
  }
}
