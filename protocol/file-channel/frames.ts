/**
 * What goes over one relay's file channel:
 *
 *     requester                          responder
 *     request { id, hash, offset… } ──►
 *                                   ◄── head { id, size… }
 *                                   ◄── data { id, bytes } … as far as credit goes
 *     credit { id, bytes }          ──►  (as its reader consumes)
 *                                   ◄── end { id }      or error { id, code }
 *     cancel { id }                 ──►  (at any time)
 *
 * Both sides do both at once; ids belong to whoever asks.
 */
import type { Encoder } from 'compact-encoding'
import type Protomux from 'protomux'
import { guarded } from './fields.ts'
import type { MALFORMED } from './fields.ts'
import type { Dialogues } from './dialogues.ts'
import * as messages from './messages.ts'

type Receive = <T>(message: T | typeof MALFORMED, take: (message: T) => boolean) => void

/** Who takes which frame, in the order of `messages.TYPE`: the position is the type. */
export function makeFrames(ends: {
  dialogues: Dialogues
  onerror: (message: messages.ErrorMessage) => boolean
  receive: Receive
}): Protomux.MessageOptions<unknown>[] {
  const { dialogues, onerror, receive } = ends
  const { requests, serving, asking, answering, lanes } = dialogues
  return [
    frame(messages.request, receive, (m) => serving.onrequest(m)),
    frame(messages.head, receive, (m) => requests.onhead(m)),
    frame(messages.data, receive, (m) => requests.ondata(m)),
    frame(messages.only, receive, (m) => requests.onend(m) && asking.onend(m)),
    frame(messages.pieces, receive, (m) => serving.onpieces(m)),
    frame(messages.sample, receive, (m) => serving.onsample(m)),
    frame(messages.sampled, receive, (m) => requests.onsampled(m)),
    frame(messages.only, receive, (m) => serving.oncancel(m) && answering.oncancel(m)),
    frame(messages.credit, receive, (m) => serving.oncredit(m) && answering.oncredit(m)),
    frame(messages.error, receive, onerror),
    frame(messages.socket, receive, (m) => answering.onsocket(m)),
    frame(messages.put, receive, (m) => answering.onput(m)),
    frame(messages.remove, receive, (m) => answering.onremove(m)),
    frame(messages.stored, receive, (m) => asking.onstored(m)),
    frame(messages.data, receive, (m) => answering.onsay(m)),
    frame(messages.data, receive, (m) => asking.onsaid(m)),
    frame(messages.credit, receive, (m) => asking.ongrant(m)),
    frame(messages.lane, receive, (m) => lanes.onlane(m)),
    frame(messages.offer, receive, (m) => lanes.onoffer(m))
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
