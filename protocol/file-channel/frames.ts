import type { Encoder } from 'compact-encoding'
import type Protomux from 'protomux'
import { guarded } from './fields.ts'
import type { MALFORMED } from './fields.ts'
import * as messages from './messages.ts'
import type { Requests } from './requests.ts'
import type { Serving } from './serving.ts'

type Receive = <T>(message: T | typeof MALFORMED, take: (message: T) => boolean) => void

/** Who takes which frame, in the order of `messages.TYPE`: the position is the type. */
export function makeFrames(ends: {
  requests: Requests
  serving: Serving
  onerror: (message: messages.ErrorMessage) => boolean
  receive: Receive
}): Protomux.MessageOptions<unknown>[] {
  const { requests, serving, onerror, receive } = ends
  return [
    frame(messages.request, receive, (m) => serving.onrequest(m)),
    frame(messages.head, receive, (m) => requests.onhead(m)),
    frame(messages.data, receive, (m) => requests.ondata(m)),
    frame(messages.only, receive, (m) => requests.onend(m)),
    frame(messages.pieces, receive, (m) => serving.onpieces(m)),
    frame(messages.sample, receive, (m) => serving.onsample(m)),
    frame(messages.sampled, receive, (m) => requests.onsampled(m)),
    frame(messages.only, receive, (m) => serving.oncancel(m)),
    frame(messages.credit, receive, (m) => serving.oncredit(m)),
    frame(messages.error, receive, onerror)
  ]
}

function frame<T>(
  encoding: Encoder<T>,
  receive: Receive,
  take: (message: T) => boolean
): Protomux.MessageOptions<unknown> {
  return {
    encoding: guarded(encoding) as Encoder<unknown>,
    onmessage: (message) => receive(message as T | typeof MALFORMED, take)
  }
}
