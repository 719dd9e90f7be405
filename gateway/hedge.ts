import 'bare-abort-controller/global'
import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { Block } from './fetch-range.ts'
import type { Provider } from './relay-peers.ts'

/** A member's answer that has begun. */
export interface Begun {
  provider: Provider
  first: IteratorResult<Block, void>
  rest: AsyncGenerator<Block>
  /** Lets go of it. */
  stop: () => void
}

interface Options {
  /** Asks a member for the same. */
  ask: (provider: Provider, signal: Signal) => AsyncGenerator<Block>
  /** Somebody else who may have it. */
  other: (not: Provider) => Provider | null
  /** Milliseconds without a first piece before the other one is asked as well. */
  after: number
  /** Told what a member failed with that was asked. */
  onfailed: (provider: Provider, error: HypertunaError) => void
  onhedge: () => void
  signal: Signal
}

/**
 * Asks a member, and one more when its first piece is late: whoever is first goes
 * on, the other one is told to stop.
 *
 * @throws {HypertunaError} what the member failed with that failed last
 */
export async function begin(provider: Provider, options: Options): Promise<Begun> {
  const asked: Promise<Begun>[] = []
  const stops = new Map<Provider, () => void>()
  const ask = (one: Provider): Promise<Begun> => {
    const begun = open(one, options, stops)
    begun.catch(() => {}) // looked at below
    asked.push(begun)
    return begun
  }
  const first = ask(provider)
  const late = await isLate(first, options.after)
  const other = late ? options.other(provider) : null
  if (other !== null) {
    options.onhedge()
    ask(other)
  }
  try {
    const winner = await Promise.any(asked)
    for (const [one, stop] of stops) if (one !== winner.provider) stop()
    return winner
  } catch (err) {
    throw err instanceof AggregateError ? err.errors.at(-1) : err
  }
}

async function open(
  provider: Provider,
  { ask, onfailed, signal }: Options,
  stops: Map<Provider, () => void>
): Promise<Begun> {
  const controller = new AbortController()
  const onabort = (): void => controller.abort(signal.reason)
  signal.addEventListener('abort', onabort)
  if (signal.aborted) onabort()
  const rest = ask(provider, controller.signal)
  let stopped = false
  const stop = (): void => {
    stopped = true
    signal.removeEventListener('abort', onabort)
    controller.abort(new HypertunaError('CANCELLED', 'Another member was faster'))
    rest.return(undefined).catch(() => {}) // it ends with the reason above
  }
  stops.set(provider, stop)
  try {
    return { provider, first: await rest.next(), rest, stop }
  } catch (err) {
    signal.removeEventListener('abort', onabort)
    const error = HypertunaError.from(err)
    if (!stopped && !signal.aborted) onfailed(provider, error)
    throw error
  }
}

/** Whether nothing came in `ms`; what fails sooner is not late. */
function isLate(begun: Promise<Begun>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), ms)
    const settled = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    begun.then(settled, settled)
  })
}
