/**
 * The groups that we asked to be let into, and whose admins have not answered yet. That
 * may take days, so it outlives the page and the worker: kept in the storage, asked again
 * after each start, until somebody answers or we do not want to any more.
 *
 * Emits `change` when the list does.
 */
import b4a from 'b4a'
import AbortController from 'bare-abort-controller'
import { readFile } from 'bare-fs/promises'
import crypto from 'hypercore-crypto'
import ReadyResource from 'ready-resource'

import type { Signal } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { isHex32 } from '../../protocol/ids.ts'
import { replaceFile } from '../atomic-file.ts'
import { diskError, isSystemCode } from '../disk-error.ts'
import type { Log } from '../log.ts'
import type { Group } from './group.ts'
import { decodeInvite } from './invite-code.ts'
import type { JoinPhase } from './joining.ts'
import type { Relays } from './relays.ts'

export interface WaitingJoinsOptions {
  /** The file that keeps them, mode 0600: invites are secrets. */
  path: string
  relays: Pick<Relays, 'join'>
  log: Log
}

/** What is kept of one of them. */
interface Asked {
  invite: string
  /** Ours, as the admin sees it. */
  name: string
  /** Of the writer that asks, 64 hex: who asks with another one is taken for one more device. */
  seed: string
  /** Unix seconds. */
  since: number
}

export interface WaitingJoin extends Asked {
  publicIdentifier: string
  /** As the invite has it. */
  groupName: string
  /** Why it waits no longer; null while it does. */
  problem: HypertunaError | null
}

interface Running {
  readonly view: WaitingJoin
  readonly abort: AbortController
  group: Promise<Group>
  phase: JoinPhase
}

/** Who follows a join while it lasts. */
export interface Follower {
  signal: Signal
  onphase(phase: JoinPhase): void
}

/** Asking costs the network something every few seconds. */
const MOST = 32

export class WaitingJoins extends ReadyResource {
  readonly #options: WaitingJoinsOptions
  readonly #joins = new Map<string, Running>()
  #saving: Promise<void> = Promise.resolve()

  constructor(options: WaitingJoinsOptions) {
    super()
    this.#options = options
  }

  /** In the order in which they were asked. */
  list(): WaitingJoin[] {
    return [...this.#joins.values()].map(({ view }) => view)
  }

  override async _open(): Promise<void> {
    for (const asked of await this.#read()) {
      try {
        this.#begin(asked)
      } catch (err) {
        this.#options.log('waiting-join-unknown', { reason: HypertunaError.from(err).message })
      }
    }
  }

  /** They go on waiting after the next start. */
  override async _close(): Promise<void> {
    const running = [...this.#joins.values()]
    for (const { abort } of running) abort.abort(undefined)
    await Promise.allSettled(running.map(({ group }) => group))
    await this.#saving
  }

  /**
   * Asks to be let in by an invite that asks an admin first, or follows who asks by it
   * already. Who stops following leaves it waiting.
   * @returns the group, or null when the follower went before
   * @throws INVITE_*, RELAY_EXISTS, BUSY, CANCELLED
   */
  async follow(
    asked: Pick<Asked, 'invite' | 'name'>,
    { signal, onphase }: Follower
  ): Promise<Group | null> {
    const join = await this.#asking(asked)
    let left = signal.aborted
    let told: JoinPhase | null = null
    const tell = (): void => {
      if (told !== join.phase) onphase((told = join.phase))
    }
    this.on('change', tell)
    tell()
    try {
      const gone = new Promise<null>((resolve) => {
        const leave = (): void => {
          left = true
          resolve(null)
        }
        if (left) leave()
        else signal.addEventListener('abort', leave, { once: true })
      })
      return await Promise.race([join.group, gone])
    } catch (err) {
      if (!left) await this.#forget(join) // it has been told
      throw err
    } finally {
      this.off('change', tell)
    }
  }

  /** Waits no longer; does nothing when nothing waits. */
  async cancel(publicIdentifier: string): Promise<void> {
    const join = this.#joins.get(publicIdentifier)
    if (join === undefined) return
    await this.#forget(join)
    join.abort.abort(undefined)
    await join.group.catch(() => null) // it says that it was cancelled
  }

  async #asking(asked: Pick<Asked, 'invite' | 'name'>): Promise<Running> {
    const { publicIdentifier } = decodeInvite(asked.invite)
    const known = this.#joins.get(publicIdentifier)
    if (known?.view.invite === asked.invite && known.view.problem === null) return known
    if (known !== undefined) await this.cancel(publicIdentifier)
    if (this.#joins.size >= MOST) {
      throw new HypertunaError('BUSY', `At most ${MOST} groups can be asked at once`)
    }
    const join = this.#begin({
      ...asked,
      seed: b4a.toString(crypto.randomBytes(32), 'hex'),
      since: Math.floor(Date.now() / 1000)
    })
    await this.#save()
    return join
  }

  #begin(asked: Asked): Running {
    const { publicIdentifier, name: groupName } = decodeInvite(asked.invite)
    const view: WaitingJoin = { ...asked, publicIdentifier, groupName, problem: null }
    const abort = new AbortController()
    const joining = { view, abort, phase: 'waiting' as JoinPhase }
    const group = this.#options.relays.join(asked.invite, {
      signal: abort.signal as unknown as Signal,
      name: asked.name,
      asked: { seed: b4a.from(asked.seed, 'hex'), since: asked.since },
      onphase: (phase) => {
        joining.phase = phase
        this.emit('change')
      }
    })
    const join: Running = Object.assign(joining, { group })
    this.#joins.set(publicIdentifier, join)
    this.emit('change')
    group.then(
      () => this.#forget(join),
      (err: unknown) => this.#fail(join, HypertunaError.from(err))
    )
    return join
  }

  /** Nobody may be looking: why it failed stays in the list, until somebody has seen it. */
  #fail(join: Running, problem: HypertunaError): void {
    if (this.closing || join.abort.signal.aborted) return
    const { code } = problem
    if (code === 'RELAY_EXISTS') return void this.#forget(join) // the last start came to the end of it
    join.view.problem = problem // asked again after the next start, it fails again
    this.emit('change')
  }

  async #forget(join: Running): Promise<void> {
    const { publicIdentifier } = join.view
    if (this.closing || this.#joins.get(publicIdentifier) !== join) return
    this.#joins.delete(publicIdentifier)
    this.emit('change')
    await this.#save()
  }

  async #read(): Promise<Asked[]> {
    try {
      const text = (await readFile(this.#options.path, { encoding: 'utf8' })) as string
      const { joins } = JSON.parse(text) as { joins?: unknown }
      return Array.isArray(joins) ? joins.filter(isAsked).slice(0, MOST) : []
    } catch (err) {
      if (!isSystemCode(err, 'ENOENT')) {
        this.#options.log('waiting-joins-unread', { reason: HypertunaError.from(err).message })
      }
      return []
    }
  }

  /** A disk that takes nothing does not keep anybody from being let in. */
  #save(): Promise<void> {
    const joins = this.list().map(({ invite, name, seed, since }) => ({
      invite,
      name,
      seed,
      since
    }))
    const text = JSON.stringify({ version: 1, joins }, null, 2) + '\n'
    this.#saving = this.#saving
      .then(() => replaceFile(this.#options.path, text))
      .catch((err: unknown) => {
        const { message } = diskError(err, 'Who waits to be let in cannot be kept')
        this.#options.log('waiting-joins-unsaved', { reason: message })
      })
    return this.#saving
  }
}

function isAsked(value: unknown): value is Asked {
  const { invite, name, seed, since } = (value ?? {}) as Record<string, unknown>
  if (typeof invite !== 'string' || typeof name !== 'string') return false
  return isHex32(seed) && Number.isSafeInteger(since)
}
