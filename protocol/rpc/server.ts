import AbortController from 'bare-abort-controller'
import type { Duplex } from 'streamx'
import { HypertunaError } from '../errors.ts'
import type { CallsOf, Request, Response } from './calls.ts'
import { CALLS, type CallName, type StoredFile, type StoreHeader } from './generated/types.ts'
import { Subscription } from './subscription.ts'
import { receive } from './upload.ts'
import { packed } from './wire-error.ts'
import { createWire, holdBack, type CallStream, type IncomingCall, type Wire } from './wire.ts'

/** A file that a face streams in. */
export interface Upload {
  readonly header: StoreHeader
  /**
   * The bytes, exactly `header.size` of them: throws CANCELLED when the face
   * gives up, TRUNCATED or TOO_LARGE when it sends another number of bytes.
   */
  readonly source: AsyncIterable<Uint8Array>
  /** Aborted when the face gives up or its session is lost. */
  readonly signal: AbortSignal
}

/**
 * What the worker does for each call. A rejection reaches the face with its code
 * and message. A subscription stays open until it is ended, failed or left.
 */
export type RpcHandlers = {
  [Name in CallsOf<'call'>]: (request: Request<Name>) => Promise<Response<Name>>
} & {
  [Name in CallsOf<'subscribe'>]: (
    request: Request<Name>,
    subscription: Subscription<Response<Name>>
  ) => void | Promise<void>
} & { storeFile: (upload: Upload) => Promise<StoredFile> }

/** Told of each call that failed; the face has been answered already. */
export type FailureListener = (call: CallName, err: HypertunaError) => void

/**
 * Answers one session until it closes. Whatever a face sends ends at most its own
 * session; whatever a handler throws is an answer, never a crash.
 */
export function serveCalls(
  session: Duplex,
  handlers: RpcHandlers,
  onfailure: FailureListener = ignore
): void {
  session.on('error', ignore) // 'close' follows, and the streams of the calls end
  session.on('end', () => session.destroy()) // the face is gone
  const wire = createWire(session)
  for (const name of Object.keys(CALLS) as CallName[]) {
    bind(wire, name, handlers, (err) => {
      const reason = HypertunaError.from(err)
      onfailure(name, reason)
      return reason
    })
  }
  guard(wire)
}

function bind(
  wire: Wire,
  name: CallName,
  handlers: RpcHandlers,
  fail: (err: unknown) => HypertunaError
): void {
  const listen = (handler: (call: never) => unknown): void => {
    const method = wire[`on${name[0]?.toUpperCase()}${name.slice(1)}`] as (fn: unknown) => void
    method.call(wire, handler)
  }
  const how = CALLS[name]
  if (how === 'subscribe') {
    const handler = handlers[name as CallsOf<'subscribe'>] as (
      request: unknown,
      subscription: Subscription<unknown>
    ) => void | Promise<void>
    listen(async (stream: CallStream) => {
      const subscription = new Subscription<unknown>(stream)
      try {
        await handler(stream.data ?? {}, subscription)
      } catch (err) {
        subscription.fail(fail(err))
      }
    })
  } else if (how === 'upload') {
    listen((stream: CallStream) => upload(stream, handlers, fail))
  } else {
    const handler = handlers[name as CallsOf<'call'>] as (request: unknown) => Promise<unknown>
    listen(async (request: unknown) => {
      try {
        return await handler(request ?? {})
      } catch (err) {
        throw packed(fail(err))
      }
    })
  }
}

async function upload(
  stream: CallStream,
  handlers: RpcHandlers,
  fail: (err: unknown) => HypertunaError
): Promise<StoredFile> {
  const abort = new AbortController()
  let settled = false
  holdBack(stream)
  stream.on('error', ignore) // the source reports it
  // A stream also closes once it was read to its end, which may be long before the answer.
  stream.on('end', () => {
    settled = true
  })
  stream.on('close', () => {
    if (!settled) abort.abort(undefined)
  })
  try {
    const { header, source } = await receive(stream)
    return await handlers.storeFile({
      header,
      source,
      signal: abort.signal as unknown as AbortSignal
    })
  } catch (err) {
    throw packed(fail(err))
  } finally {
    settled = true
    // After the answer, which the face should see before its stream closes.
    setTimeout(() => stream.destroy(), 0)
  }
}

/**
 * bare-rpc rethrows what looks like a bug (a TypeError, a RangeError) past every
 * listener, and a face can cause one by an unknown call or a malformed request.
 */
function guard(wire: Wire): void {
  const answer = wire._rpc._onrequest
  wire._rpc._onrequest = async (call: IncomingCall) => {
    if (call.command >= Object.keys(CALLS).length) {
      throw new HypertunaError('UNSUPPORTED', 'This worker does not know the call: update it')
    }
    try {
      await answer(call)
    } catch (err) {
      if (err instanceof HypertunaError) throw err
      throw new HypertunaError('BAD_REQUEST', 'The call or its answer could not be encoded', {
        cause: err
      })
    }
  }
}

function ignore(): void {}
