import ReadyResource from 'ready-resource'
import { HypertunaError } from '../../../protocol/errors.ts'
import { serveSessions } from '../../../protocol/rpc/session.ts'
import { link } from '../carry.ts'
import { serveShellCalls, type ShellEvent, type ShellHandlers } from '../calls.ts'
import type { KeptWorker } from '../kept-worker.ts'
import type { Log } from '../log.ts'
import { wakeAfterGaps } from '../sleep.ts'
import { Updates, type UpdateSource } from '../updates.ts'
import type { UserConfig } from '../user-config.ts'
import { userConfigCalls } from '../user-config-calls.ts'
import { servePages, type RawPipe } from './line.ts'

export interface PearShellOptions {
  /** To the window's page; pages come and go on it. */
  readonly pipe: RawPipe
  readonly worker: KeptWorker
  readonly userConfig: UserConfig
  readonly updates: UpdateSource
  readonly log: Log
}

/** The app under Pear v2: a window's page at one pipe, the worker at another. */
export class PearShell extends ReadyResource {
  private readonly options: PearShellOptions
  private readonly updates: Updates
  private readonly pages = new Set<(event: ShellEvent) => void>()

  constructor(options: PearShellOptions) {
    super()
    this.options = options
    const { updates, worker, log } = options
    this.updates = new Updates(updates, worker, {
      log,
      onstate: (state) => this.say({ event: 'update', state })
    })
  }

  override async _open(): Promise<void> {
    await this.options.worker.ready()
    wakeAfterGaps(this.options.worker, this.options.log)
    servePages(this.options.pipe, (page) => {
      serveSessions(
        page,
        (session) => {
          try {
            link(session, this.options.worker.openSession())
          } catch (err) {
            session.destroy(HypertunaError.from(err)) // the worker is down; the page asks again
          }
        },
        {
          onshell: (stream) => {
            const say = serveShellCalls(stream, this.handlers())
            this.pages.add(say)
            stream.on('close', () => this.pages.delete(say))
            say({ event: 'update', state: this.updates.state })
          }
        }
      )
    })
  }

  override async _close(): Promise<void> {
    await this.options.worker.close()
    await this.options.userConfig.settled()
  }

  private say(event: ShellEvent): void {
    for (const say of this.pages) say(event)
  }

  private handlers(): ShellHandlers {
    const refuse = async (): Promise<never> => {
      throw new HypertunaError('UNSUPPORTED', 'Pear has no dialog for that: drop the file instead')
    }
    return {
      ...userConfigCalls(this.options.userConfig),
      'choose-files': refuse,
      'choose-folder': refuse,
      restart: () => this.updates.restart()
    }
  }
}
