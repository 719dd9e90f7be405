import type { CallName, Calls } from './generated/types.ts'

/** Calls of one kind: 'call' answers once, 'subscribe' many times, 'upload' takes a stream. */
export type CallsOf<How> = {
  [Name in CallName]: Calls[Name]['how'] extends How ? Name : never
}[CallName]

export type Request<Name extends CallName> = Calls[Name]['request']
export type Response<Name extends CallName> = Calls[Name]['response']

/**
 * Bytes in one chunk of an upload and of a session: large enough to be cheap,
 * small enough that other calls of the session get their turn.
 */
export const CHUNK_SIZE = 64 * 1024
