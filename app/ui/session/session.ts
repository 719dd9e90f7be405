import { HypertunaError } from '../../../protocol/errors.ts'
import type { CallsOf, Request, Response } from '../../../protocol/rpc/calls.ts'
import type { RpcClient } from '../../../protocol/rpc/client.ts'
import { BegunAgain } from './begun-again.ts'
import { Feed } from './feed.ts'
import type { Host } from './host.ts'
import { Value } from './store.ts'

/** `lost`: it was open and will be again; what was seen stays on the screen. */
export type Link = 'opening' | 'open' | 'lost' | 'refused' | 'absent'

const FIRST_WAIT = 400
const LONGEST_WAIT = 8000
/** Feeds outlive their last reader by this many milliseconds, so that going back is instant */
const LINGER = 20_000

/** Keeps one RPC session with the worker, and makes a new one whenever it drops. */
export class Session {
  readonly link = new Value<Link>('opening')
  /** Why feeds that are being read do not come at the moment, by what they are of. */
  readonly failing = new Value<ReadonlyMap<string, unknown>>(new Map())
  readonly host: Host

  #client: RpcClient | null = null
  #wait = FIRST_WAIT
  #timer: ReturnType<typeof setTimeout> | undefined
  #connecting = false
  readonly #feeds = new Map<string, Feed<unknown>>()
  readonly #onopen = new Set<(client: RpcClient) => void>()

  constructor(host: Host) {
    this.host = host
  }

  /** Connects now, however long the wait would be. Safe to call at any time. */
  async connect(): Promise<void> {
    if (this.#connecting || this.#client !== null) return
    this.#connecting = true
    clearTimeout(this.#timer)
    try {
      const admission = await this.host.admit()
      if (admission === 'refused') this.link.set('refused')
      else if (admission === 'absent') this.#lost()
      else await this.#take(await this.host.connect())
    } catch (error) {
      console.warn('The session could not be opened', error)
      this.#lost()
    } finally {
      this.#connecting = false
    }
  }

  /** The present session's client. @throws CLOSED while there is none */
  client(): RpcClient {
    if (this.#client === null) throw new HypertunaError('CLOSED', 'There is no session now')
    return this.#client
  }

  /** Resolves when there is a session: now, or as soon as there is one. */
  opened(): Promise<void> {
    if (this.#client !== null) return Promise.resolve()
    return new Promise((resolve) => {
      const forget = this.onopen(() => {
        queueMicrotask(forget)
        resolve()
      })
    })
  }

  /** One question, one answer. Rejects with CLOSED while there is no session. */
  async call<Name extends CallsOf<'call'>>(
    name: Name,
    request: Request<Name>
  ): Promise<Response<Name>> {
    return await this.client().call(name, request)
  }

  /** Runs `listener` with each session: the present one now, then every new one. */
  onopen(listener: (client: RpcClient) => void): () => void {
    this.#onopen.add(listener)
    if (this.#client !== null) listener(this.#client)
    return () => {
      this.#onopen.delete(listener)
    }
  }

  /**
   * Subscribes in this session and in every later one, until the returned function is called.
   * `onend` gets an error, or null when the worker was done; a dropped session is no end.
   */
  follow<Name extends CallsOf<'subscribe'>>(
    name: Name,
    request: Request<Name>,
    onvalue: (value: Response<Name>) => void,
    onend: (error: HypertunaError | null) => void
  ): () => void {
    let leave: (() => void) | null = null
    const forget = this.onopen((client) => {
      leave = client.subscribe(name, request, onvalue, (error) => {
        if (error?.code !== 'CLOSED') onend(error)
      })
    })
    return () => {
      forget()
      leave?.()
    }
  }

  /**
   * One shared feed for a subscription; it restarts with every new session, and by itself when
   * the worker ended it with an error.
   */
  feed<Name extends CallsOf<'subscribe'>, T>(
    name: Name,
    request: Request<Name>,
    first: T,
    reduce: (state: T, value: Response<Name>) => T
  ): Feed<T> {
    const key = `${name} ${JSON.stringify(request)}`
    const known = this.#feeds.get(key)
    if (known) return known as Feed<T>
    const feed = new Feed<T>(first, LINGER, {
      start: (onvalue, onend) => {
        const told = (error: unknown): void => this.#mark(key, error)
        const leave = this.#followAgain(
          name,
          request,
          (value) => {
            told(null)
            onvalue((state) => reduce(state, value))
          },
          (error) => {
            told(error)
            onend(error)
          }
        )
        return () => {
          told(null)
          leave()
        }
      },
      idle: () => this.#feeds.delete(key)
    })
    this.#feeds.set(key, feed as Feed<unknown>)
    return feed
  }

  /** As {@link follow}; what ended with an error is begun again while the session lasts. */
  #followAgain<Name extends CallsOf<'subscribe'>>(
    name: Name,
    request: Request<Name>,
    onvalue: (value: Response<Name>) => void,
    onend: (error: unknown) => void
  ): () => void {
    let present: BegunAgain<Response<Name>> | null = null
    const forget = this.onopen((client) => {
      present?.stop()
      present = new BegunAgain<Response<Name>>(
        (value, end) => client.subscribe(name, request, value, end),
        { onvalue, onend }
      )
    })
    return () => {
      forget()
      present?.stop()
    }
  }

  #mark(key: string, error: unknown): void {
    const failing = this.failing.get()
    if (failing.has(key) === (error !== null)) return
    const next = new Map(failing)
    if (error === null) next.delete(key)
    else next.set(key, error)
    this.failing.set(next)
  }

  /**
   * One that was lost is there again when a worker answers: a shell lets us in also while its
   * worker is being started anew, and what was asked then would be cut off.
   */
  async #take(client: RpcClient): Promise<void> {
    if (this.link.get() !== 'lost' || (await answers(client))) this.#opened(client)
    else this.#lost()
  }

  #opened(client: RpcClient): void {
    this.#client = client
    this.#wait = FIRST_WAIT
    this.link.set('open')
    for (const listener of [...this.#onopen]) listener(client)
    void client.closed.then(() => {
      this.#client = null
      this.failing.set(new Map())
      this.#lost()
    })
  }

  #lost(): void {
    const link = this.link.get()
    this.link.set(link === 'open' || link === 'lost' ? 'lost' : 'absent')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.connect(), this.#wait)
    this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2)
  }
}

/** Whether a worker is at the other end. */
async function answers(client: RpcClient): Promise<boolean> {
  let leave = (): void => {}
  const answered = new Promise<boolean>((resolve) => {
    leave = client.subscribe(
      'status',
      {},
      () => resolve(true),
      () => resolve(false)
    )
    void client.closed.then(() => resolve(false))
  })
  try {
    return await answered
  } finally {
    leave()
  }
}
