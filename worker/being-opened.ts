/** Groups that are known and not open yet: what is asked of them is not refused for good. */
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import { HypertunaError, startingError } from '../protocol/errors.ts'
import type { Worker } from './worker.ts'

type Handler = (request: unknown, ...rest: unknown[]) => unknown

/** A group that is still being opened is not unknown. @throws BUSY */
export function mayBeThere(worker: Worker, relayKey: string): void {
  const { relays, files, config } = worker.use()
  if (relays.opened || files.find(relayKey) !== null || config.relay(relayKey) === null) return
  throw startingError('The group is being opened: try again in a moment')
}

/** Handlers that say BUSY, where they say that a group is unknown that is being opened. */
export function patient<Some extends Partial<RpcHandlers>>(worker: Worker, handlers: Some): Some {
  const entries = Object.entries(handlers) as [string, Handler][]
  const patiently = entries.map(([name, handler]) => {
    const run: Handler = (request, ...rest) => {
      const refused = (err: unknown): never => {
        const { relayKey } = (request ?? {}) as { relayKey?: unknown }
        const isUnknown = HypertunaError.from(err).code === 'UNKNOWN_RELAY'
        if (isUnknown && typeof relayKey === 'string') mayBeThere(worker, relayKey)
        throw err
      }
      try {
        const answer = handler(request, ...rest)
        return answer instanceof Promise ? answer.catch(refused) : answer
      } catch (err) {
        return refused(err)
      }
    }
    return [name, run]
  })
  return Object.fromEntries(patiently) as Some
}
