/** Subscriptions that outlive the parts they follow. */
import AbortController from 'bare-abort-controller'

import { HypertunaError } from '../protocol/errors.ts'
import { CALLS } from '../protocol/rpc/generated/types.ts'
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import type { Subscription } from '../protocol/rpc/subscription.ts'
import type { Worker } from './worker.ts'

type Follow<Request, Value> = (
  request: Request,
  subscription: Subscription<Value>
) => void | Promise<void>

/** The worker's own state needs no parts, and a join is not to be begun twice. */
const AS_THEY_ARE: ReadonlySet<string> = new Set(['status', 'joinRelay'])

/** The handlers, with subscriptions that go on when the worker opens its parts anew. */
export function outliving(worker: Worker, handlers: RpcHandlers): RpcHandlers {
  const all: Record<string, unknown> = { ...handlers }
  for (const [name, how] of Object.entries(CALLS)) {
    if (how !== 'subscribe' || AS_THEY_ARE.has(name)) continue
    all[name] = renewed(worker, all[name] as Follow<unknown, unknown>)
  }
  return all as RpcHandlers
}

/**
 * The same handler for as long as the face listens: when the worker opens its parts
 * anew, what followed the old ones ends, and it begins again with a snapshot of the new.
 */
function renewed<Request, Value>(
  worker: Worker,
  follow: Follow<Request, Value>
): Follow<Request, Value> {
  return async (request, subscription) => {
    let turn = turnOf(subscription)
    const onclosing = (): void => turn.end()
    const onreopened = (): void => {
      turn = turnOf(subscription)
      begin(turn.view).catch((err: unknown) => subscription.fail(HypertunaError.from(err)))
    }
    const begin = async (view: Subscription<Value>): Promise<void> => {
      try {
        await follow(request, view)
      } catch (err) {
        if (!view.closed) throw err
      }
    }
    worker.on('reopening', onclosing)
    worker.on('reopened', onreopened)
    subscription.signal.addEventListener('abort', () => {
      worker.off('reopening', onclosing)
      worker.off('reopened', onreopened)
      turn.end()
    })
    // Who asks while all is being opened is answered as soon as it is.
    if (worker.parts === null && !worker.opened) await worker.ready()
    // What a key keeps closed begins when it is opened.
    if (!worker.key.locked) await begin(turn.view)
  }
}

/** The subscription as one set of parts sees it: over when they go. */
function turnOf<Value>(subscription: Subscription<Value>): {
  view: Subscription<Value>
  end(): void
} {
  const abort = new AbortController()
  let over = false
  const isOver = (): boolean => over || subscription.closed
  const view = {
    signal: abort.signal as unknown as AbortSignal,
    get closed() {
      return isOver()
    },
    send: (value: Value) => !isOver() && subscription.send(value),
    latest: (value: Value) => {
      if (!isOver()) subscription.latest(value)
    },
    end: () => {
      if (!isOver()) subscription.end()
    },
    fail: (reason: HypertunaError) => {
      if (!isOver()) subscription.fail(reason)
    }
  }
  return {
    view: view as unknown as Subscription<Value>,
    end() {
      if (over) return
      over = true
      abort.abort(undefined)
    }
  }
}
