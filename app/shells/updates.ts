/** A newer version of the app: fetched behind the scenes, and never in the way of a transfer. */
import type { RpcClient } from '../../protocol/rpc/client.ts'
import type { Transfer, TransfersUpdate } from '../../protocol/rpc/generated/types.ts'
import type { UpdateState } from './calls.ts'
import { followStarted } from './follow-started.ts'
import type { KeptWorker } from './kept-worker.ts'
import type { Log } from './log.ts'

/** Where updates come from: pear-runtime's updater, or Pear's own. */
export interface UpdateSource {
  /** A newer version is being fetched, is here, or could not be fetched. */
  watch(listener: (what: 'updating' | 'updated' | 'failed') => void): void
  /** Puts it in the place of this one and starts it. */
  restart(): Promise<void>
}

/** What merely waits goes on after a restart. */
const RUNNING: readonly string[] = ['running', 'checking']

export class Updates {
  state: UpdateState = 'none'
  private readonly source: UpdateSource
  private readonly onstate: (state: UpdateState) => void
  private readonly log: Log
  private readonly busyWith = new Set<string>()

  /** @param onstate is told each new state */
  constructor(
    source: UpdateSource,
    worker: KeptWorker,
    { onstate, log }: { onstate: (state: UpdateState) => void; log: Log }
  ) {
    this.source = source
    this.onstate = onstate
    this.log = log
    source.watch((what) => this.onsource(what))
    followStarted(worker, log, (client, onfailed) => this.followTransfers(client, onfailed))
    worker.on('exit', () => this.settle([], true))
  }

  /** Whether something is under way that a restart would break off. */
  get busy(): boolean {
    return this.busyWith.size > 0
  }

  /**
   * Restarts into the newer version, once no transfer is under way.
   *
   * A version that cannot be put into place leaves this one running.
   */
  async restart(): Promise<void> {
    if (this.state !== 'ready' && this.state !== 'waiting') return
    if (this.busy) return this.become('waiting')
    try {
      await this.source.restart()
    } catch (err) {
      this.log('update-failed', { reason: String(err) })
      this.become('none')
    }
  }

  private onsource(what: 'updating' | 'updated' | 'failed'): void {
    this.log('update', { what })
    if (what === 'updated') this.become('ready')
    else if (this.state === 'none' || this.state === 'updating') {
      this.become(what === 'updating' ? 'updating' : 'none')
    }
  }

  private followTransfers(client: RpcClient, onfailed: () => void): void {
    const onvalue = ({ transfers, reset, removed }: TransfersUpdate): void => {
      for (const id of removed ?? []) this.busyWith.delete(id)
      this.settle(transfers, reset !== false)
    }
    client.subscribe('transfers', {}, onvalue, (err) => {
      onfailed() // the next status asks again
      if (err !== null && err.code !== 'CLOSED') this.log('transfers-failed', { ...err.toJSON() })
    })
  }

  private settle(transfers: Pick<Transfer, 'id' | 'phase'>[], all: boolean): void {
    if (all) this.busyWith.clear()
    for (const { id, phase } of transfers) {
      if (RUNNING.includes(phase)) this.busyWith.add(id)
      else this.busyWith.delete(id)
    }
    if (this.state === 'waiting' && !this.busy) void this.restart()
  }

  private become(state: UpdateState): void {
    if (this.state === state) return
    this.state = state
    this.onstate(state)
  }
}
